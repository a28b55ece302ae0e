#!/usr/bin/env node
import '../../../src/bin/canary-gate.js'
