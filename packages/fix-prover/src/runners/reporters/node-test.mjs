// A reporter for node:test that writes every test with its failure as data, one JSON document a line.
import { appendFileSync } from 'node:fs'

const write = (event) => appendFileSync(process.env.CANARY_CASES, `${JSON.stringify(event)}\n`)

function failureOf(details) {
  const outer = details?.error
  if (outer === undefined) return null
  const error = outer.cause ?? outer
  const isObject = typeof error === 'object' && error !== null
  return {
    type: String(isObject ? (error.name ?? '') : ''),
    message: String(isObject ? error.message : error),
    phase: phaseOf(outer),
    isAssertion:
      isObject &&
      (error.code === 'ERR_ASSERTION' ||
        /AssertionError/.test(`${error.name}`) ||
        ('actual' in error && 'expected' in error)),
    stack: String(isObject ? (error.stack ?? '') : ''),
  }
}

function phaseOf({ failureType }) {
  if (failureType === 'testTimeoutFailure') return 'hang'
  if (failureType === 'cancelledByParent') return 'hang'
  if (failureType === 'hookFailed') return 'setup'
  return 'call'
}

export default async function* report(source) {
  // One path of open tests a file: files report side by side.
  const open = new Map()
  const errors = new Map()
  for await (const { type, data } of source) {
    if (type === 'test:stderr')
      errors.set(data.file, `${errors.get(data.file) ?? ''}${data.message}`)
    if (type === 'test:start') {
      const path = (open.get(data.file) ?? []).slice(0, data.nesting)
      path[data.nesting] = data.name
      open.set(data.file, path)
      write({ event: 'start', file: data.file, path: path.map(String) })
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue
    const path = [...(open.get(data.file) ?? []).slice(0, data.nesting), data.name].map(String)
    const failure = type === 'test:fail' ? failureOf(data.details) : null
    if (data.details?.error?.failureType === 'subtestsFailed') continue
    if (data.details?.type === 'suite' && failure === null) continue
    const isWholeFile =
      data.nesting === 0 && `${data.file}`.endsWith(data.name) && data.name.includes('.')
    if (isWholeFile && failure === null) continue
    if (isWholeFile)
      write({
        event: 'load',
        file: data.file,
        message: `${failure.message}\n${errors.get(data.file) ?? ''}`,
      })
    else {
      const isLeftOut = data.skip !== undefined || data.todo !== undefined
      const outcome = isLeftOut ? 'skipped' : failure === null ? 'passed' : 'failed'
      write({ event: 'case', file: data.file, path, outcome, failure: isLeftOut ? null : failure })
    }
  }
}
