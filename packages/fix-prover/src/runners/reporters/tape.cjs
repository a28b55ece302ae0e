// Loaded before the tests: what a test of tape remarks looks like the title of another one.
'use strict'
const { createRequire } = require('node:module')
const { join } = require('node:path')

try {
  const Test = createRequire(join(process.cwd(), 'package.json'))('tape/lib/test')
  Test.prototype.comment = () => {}
} catch {
  // Another program that writes TAP.
}
