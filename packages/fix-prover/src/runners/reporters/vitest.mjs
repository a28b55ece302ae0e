// A reporter for vitest that writes every test with its failure as data, one JSON document a line.
import { appendFileSync } from 'node:fs'

const write = (event) => appendFileSync(process.env.CANARY_CASES, `${JSON.stringify(event)}\n`)

function failureOf(error, phase) {
  const message = String(error?.message ?? error)
  const isHang = /^(?:Test|Hook) timed out in|^Timeout - Async/.test(message)
  const isCount = /^expected (?:number of|any number of) assertion/.test(message)
  const isCompared = error != null && 'actual' in Object(error) && 'expected' in Object(error)
  return {
    type: String(error?.name ?? ''),
    message,
    phase: isHang ? 'hang' : phase,
    isAssertion: isCount || isCompared || /Assertion/.test(`${error?.name}`),
    stack: String(error?.stack ?? ''),
  }
}

const idOf = (task) => ({ file: task.file.filepath, path: pathOf(task) })

function pathOf(task) {
  const path = []
  for (let at = task; at && at !== task.file; at = at.suite) if (at.name) path.unshift(at.name)
  return path
}

const testsIn = (task) => (task.tasks === undefined ? [task] : task.tasks.flatMap(testsIn))

/** The error of a hook: vitest leaves out the tests that it should have prepared. */
function hookOf(task) {
  for (let at = task.suite ?? task.file; at; at = at === task.file ? null : (at.suite ?? task.file))
    if (at.result?.errors?.length > 0) return at.result.errors[0]
  return null
}

function outcomeOf(task, hook) {
  // A test that is marked as failing says nothing of what is right.
  if (task.fails || task.mode === 'todo') return 'skipped'
  const state = task.result?.state
  if (state === 'pass') return 'passed'
  return state === 'fail' || (state === 'skip' && hook !== null) ? 'failed' : 'skipped'
}

export default class Cases {
  #written = new Set()
  #ignoresLate = false

  onInit(vitest) {
    this.#ignoresLate = vitest.config.dangerouslyIgnoreUnhandledErrors === true
  }

  onTestCaseReady({ task }) {
    write({ event: 'start', ...idOf(task) })
  }

  onTestCaseResult({ task }) {
    if (/^(?:pass|fail)$/.test(task.result?.state)) this.#tell(task, null)
  }

  onTestRunEnd(modules, errors) {
    this.#end(
      modules.map(({ task }) => task),
      errors,
    )
  }

  // Before version 3.
  onFinished(files = [], errors = []) {
    this.#end(files, errors)
  }

  #tell(task, hook) {
    if (this.#written.has(task)) return
    this.#written.add(task)
    const outcome = outcomeOf(task, hook)
    const [error = hook] = task.result?.errors ?? []
    const phase = task.result?.state === 'fail' ? 'call' : 'setup'
    const failure = outcome === 'failed' ? failureOf(error, phase) : null
    write({ event: 'case', ...idOf(task), outcome, failure })
  }

  #end(files, errors) {
    for (const file of files) {
      const tests = testsIn(file).filter((task) => task !== file)
      for (const task of tests) this.#tell(task, hookOf(task))
      this.#suites(file)
    }
    if (!this.#ignoresLate) for (const error of errors) this.#late(files, error)
  }

  /** A file that could not be loaded, or a hook that failed behind the tests. */
  #suites(suite) {
    const [error] = suite.result?.errors ?? []
    const isTold = testsIn(suite).some((task) => task !== suite && task.result?.state === 'skip')
    if (error !== undefined && !isTold)
      write({ event: 'load', file: suite.file.filepath, message: String(error.message ?? error) })
    for (const task of suite.tasks ?? []) if (task.tasks !== undefined) this.#suites(task)
  }

  /** An error that nothing handled, while a test was running: the run fails by it. */
  #late(files, error) {
    const file = files.find(({ filepath }) => filepath === error?.VITEST_TEST_PATH) ?? files[0]
    const tests = file === undefined ? [] : testsIn(file).filter((task) => task !== file)
    const name = error?.VITEST_TEST_NAME
    const task = tests.find((one) => [one.name, pathOf(one).join(' > ')].includes(name))
    if (task !== undefined)
      write({ event: 'late', ...idOf(task), failure: failureOf(error, 'call') })
    else if (file !== undefined)
      write({ event: 'load', file: file.filepath, message: String(error?.message ?? error) })
  }
}
