// A reporter for mocha that writes every test with its failure as data, one JSON document a line.
'use strict'
const { appendFileSync } = require('node:fs')

const write = (event) => appendFileSync(process.env.CANARY_CASES, `${JSON.stringify(event)}\n`)

function failureOf(test, error) {
  const isTimeout =
    error?.code === 'ERR_MOCHA_TIMEOUT' || /^Timeout of \d+ms exceeded/.test(`${error?.message}`)
  return {
    type: String(error?.name ?? ''),
    message: String(error?.message ?? error),
    phase: isTimeout ? 'hang' : test.type === 'hook' ? 'setup' : 'call',
    isAssertion:
      error?.code === 'ERR_ASSERTION' ||
      /AssertionError/.test(`${error?.name}`) ||
      (error != null && 'actual' in Object(error) && 'expected' in Object(error)),
    stack: String(error?.stack ?? ''),
  }
}

const testsIn = (suite) => [...suite.tests, ...suite.suites.flatMap(testsIn)]

module.exports = function Cases(runner) {
  const pathOf = (test) => {
    const path = [test.title]
    for (let suite = test.parent; suite && !suite.root; suite = suite.parent)
      path.unshift(suite.title)
    return path
  }
  const fileOf = (test) => {
    for (let at = test; at; at = at.parent) if (at.file) return at.file
    return ''
  }
  const told = (test, outcome, failure) =>
    write({ event: 'case', file: fileOf(test), path: pathOf(test), outcome, failure })
  runner.on('test', (test) => write({ event: 'start', file: fileOf(test), path: pathOf(test) }))
  runner.on('pass', (test) => told(test, 'passed', null))
  runner.on('pending', (test) => told(test, 'skipped', null))
  runner.on('fail', (test, error) => {
    const failure = failureOf(test, error)
    if (test.type !== 'hook') return told(test, 'failed', failure)
    // The tests that a hook should have prepared are not run, and not reported.
    for (const one of testsIn(test.parent))
      if (one.isPending()) told(one, 'skipped', null)
      else if (one.state === undefined) told(one, 'failed', failure)
    const done = test.ctx?.currentTest
    if (!/^"after/.test(test.title)) return
    if (done?.state === undefined)
      write({ event: 'load', file: fileOf(test), message: failure.message })
    else write({ event: 'late', file: fileOf(done), path: pathOf(done), failure })
  })
}
