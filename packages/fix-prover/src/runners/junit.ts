import { parseXml, type XmlElement } from '@canary-gate/documents'
import { type Failure, type Frame, type RawFailure, type TestCase, toFailure } from './case.ts'

/** What a JUnit report says of one test. */
export interface Testcase {
  readonly name: string
  readonly owner: string
  readonly file: string
  /** Names of the suites around it, outermost first. */
  readonly suites: readonly string[]
  readonly isSkipped: boolean
  /** What failed; `isError` where the report has it as an error instead of a failure. */
  readonly failed: {
    readonly isError: boolean
    readonly type: string
    readonly message: string
    readonly body: string
  } | null
}

const largestBytes = 64 * 1024 * 1024
/** Runners put colours and whatever a test printed into their reports; XML has no such characters. */
const notXml =
  /^\uFEFF|(?:\u001B|&#(?:27|x1b);)\[[\d;]*m|[\0-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8BCEF]|1[\dA-F]));/gi

/** The tests of a JUnit report in their order; null where it is not such a report. */
export function testcasesIn(xml: string): readonly Testcase[] | null {
  try {
    const root = parseXml(xml.replace(notXml, '').toWellFormed(), largestBytes)
    return /^testsuites?$/.test(root.name) ? inSuite(root, []) : null
  } catch {
    return null
  }
}

function inSuite(element: XmlElement, suites: readonly string[]): Testcase[] {
  const name = element.attributes['name'] ?? ''
  const own = element.name === 'testsuite' && name !== '' ? [...suites, name] : suites
  return element.children.flatMap((child) => {
    if (child.name === 'testcase') return [toTestcase(child, own)]
    return /^testsuites?$/.test(child.name) ? inSuite(child, own) : []
  })
}

function toTestcase(
  { attributes: { name = '', classname: owner = '', file = '' }, children }: XmlElement,
  suites: readonly string[],
): Testcase {
  const child = (wanted: string): XmlElement | undefined =>
    children.find((one) => one.name === wanted)
  const found = child('failure') ?? child('error')
  const { type = '', message = '' } = found?.attributes ?? {}
  return {
    ...{ name, owner, file, suites, isSkipped: child('skipped') !== undefined },
    failed:
      found === undefined
        ? null
        : { isError: found.name === 'error', type, message, body: found.text },
  }
}

/**
 * Reads a JUnit report of pytest, node:test or another runner. Null when it is not such a report: what
 * a runner prints, or its exit code, is no proof that any test ran.
 */
export function parseJunit(
  xml: string,
  testFiles: readonly string[],
  tree = '/',
): readonly TestCase[] | null {
  return testcasesIn(xml)?.map((testcase) => toCase(testcase, testFiles, tree)) ?? null
}

function toCase(testcase: Testcase, testFiles: readonly string[], tree: string): TestCase {
  const { name, owner, suites, isSkipped } = testcase
  // pytest wraps everything in one suite of its own name; node:test names its suites.
  const path = suites.filter((suite) => suite !== 'pytest' && suite !== 'pytest tests')
  const file = fileOf(testcase, testFiles) ?? null
  const isClass = owner !== '' && owner !== 'test' && path.at(-1) !== owner
  const id = [file ?? '', isClass ? owner : '', ...path].filter((part) => part !== '')
  const failure = failureOf(testcase, testFiles, tree)
  const common = { id: [...id, name].join(' > '), name, file, hits: null }
  if (failure !== null) return { ...common, outcome: 'failed', failure }
  return { ...common, outcome: isSkipped ? 'skipped' : 'passed', failure: null }
}

/** The file attribute, or the class name of pytest: `tests.sync.test_rows.TestRows`. */
function fileOf({ file, owner }: Testcase, testFiles: readonly string[]): string | undefined {
  return (
    testFiles.find((one) => file !== '' && (file.endsWith(one) || one.endsWith(`/${file}`))) ??
    testFiles.find((one) => owner.includes('/') && owner.endsWith(one))
  )
}

function failureOf(
  { name, failed }: Testcase,
  testFiles: readonly string[],
  tree: string,
): Failure | null {
  if (failed === null) return null
  const { isError, type, message, body } = failed
  // node:test reports a file that could not be loaded as one failed test with the file's name.
  const isWholeFile = testFiles.some((file) => file === name || file.endsWith(`/${name}`))
  const isLoad = isWholeFile || type === 'hookFailed' || (isError && isSetUp(message))
  const frames = framesOf(body, testFiles)
  const told = toFailure(rawOf(type, firstLine(message, body), body, isLoad, frames), tree)
  return { ...told, message: told.message.slice(0, 300) }
}

/** pytest calls a failure of collection or of a fixture an error. */
function isSetUp(message: string): boolean {
  return message === '' || /^(?:collection failure|failed on setup)/.test(message)
}

function rawOf(
  type: string,
  message: string,
  body: string,
  isLoad: boolean,
  frames: readonly Frame[],
): RawFailure {
  const isHang =
    /timeout/i.test(type) || /^(?:Failed: )?Timeout\b|^Test timed out in/i.test(message)
  const start = body.trimStart().split('\n')[0] ?? ''
  const isAssertion =
    /Assertion(?:Error|Failed)/.test(type) ||
    /\bERR_ASSERTION\b/.test(body) ||
    [message, start].some((told) => assertionMessage.test(told))
  const named = /^(?<name>[A-Z]\w*(?:Error|Exception))\b/.exec(message)?.groups?.['name']
  const phase = isLoad ? 'load' : isHang ? 'hang' : 'call'
  return { type: named ?? '', message, phase, isAssertion, frames }
}

const assertionMessage =
  /^(?:AssertionError\b|assert\b|Failed: |(?:Error: )?expect(?:\.|\()|.*\bAssertionError:)/

/** pytest names the outermost call first, JavaScript the innermost. */
function framesOf(body: string, testFiles: readonly string[]): readonly Frame[] {
  const lines = body.split('\n')
  const all = lines.flatMap((line) => {
    const match = /(?<file>[^\s():"]+\.[a-z]+):(?<line>\d+)/.exec(line)
    const file = match?.groups?.['file'] ?? ''
    if (file === '') return []
    const test = testFiles.find((one) => file === one || file.endsWith(`/${one}`))
    return [
      { file: test ?? file.replace(/^.*file:\/\//, ''), line: Number(match?.groups?.['line']) },
    ]
  })
  return /^\s+(?:at |❯ )/m.test(body) ? all.toReversed() : all
}

/** The first line of the message; of a collection failure, which says nothing, the error behind it. */
function firstLine(message: string, body: string): string {
  const behind = body.split('\n').findLast((line) => line.startsWith('E   '))
  const text = message === '' || message === 'collection failure' ? behind?.slice(4) : message
  return ((text ?? body).trim().split('\n')[0] ?? '').slice(0, 300)
}
