#!/usr/bin/env node
import '../../../src/bin/spec-kitty.js'
