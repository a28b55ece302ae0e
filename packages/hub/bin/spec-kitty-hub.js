#!/usr/bin/env node
import { boundMemory } from './memory.js'
import { start } from './start.js'

boundMemory(process.argv.slice(2))
await start('spec-kitty-hub')
