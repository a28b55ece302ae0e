import { XMLParser } from 'fast-xml-parser'

/** How one test ended, as its runner's own report says. */
export interface TestCase {
  /** Suite path and name: equal for the same test on every tree. */
  readonly id: string
  /** Innermost name, without its suites. */
  readonly name: string
  readonly outcome: 'passed' | 'skipped' | 'failed'
  readonly failure: Failure | null
}

/**
 * Why a test failed. `assertion`: the test itself says no. `load`: the test never came to its point
 * (import, collection, set-up). `error`: something was thrown on the way. `timeout`: it ran too long.
 */
interface Failure {
  readonly kind: 'assertion' | 'error' | 'load' | 'timeout'
  readonly message: string
  /** Line of the test file at which it failed, where the report tells. */
  readonly line: number | null
}

type Element = Readonly<Record<string, unknown>>

/**
 * Reads a JUnit report of pytest, node:test or another runner. Null when it is no such report: what
 * a runner prints, or its exit code, is no proof that any test ran.
 */
export function parseJunit(xml: string, testFiles: readonly string[]): readonly TestCase[] | null {
  if (!/<testsuites?[\s/>]/.test(xml)) return null
  try {
    const parser = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '@',
      parseAttributeValue: false,
      parseTagValue: false,
      processEntities: true,
      htmlEntities: true,
      isArray: (name) => ['testsuite', 'testcase', 'failure', 'error', 'skipped'].includes(name),
    })
    const root = parser.parse(xml) as Element
    return casesOf(root, '', testFiles)
  } catch {
    return null
  }
}

function casesOf(element: Element, path: string, testFiles: readonly string[]): TestCase[] {
  const cases = elements(element['testcase']).map((testcase) => toCase(testcase, path, testFiles))
  const suites = [...elements(element['testsuite']), ...elements(element['testsuites'])]
  const nested = suites.flatMap((suite) => {
    // pytest wraps everything in one suite of its own name; node:test names its suites.
    const own = text(suite['@name'])
    const isWrapper = own === '' || own === 'pytest' || own === 'pytest tests'
    return casesOf(suite, isWrapper ? path : `${path}${own} > `, testFiles)
  })
  return [...cases, ...nested]
}

function toCase(testcase: Element, path: string, testFiles: readonly string[]): TestCase {
  const name = text(testcase['@name'])
  const owner = text(testcase['@classname'])
  const file = testFiles.find((candidate) => text(testcase['@file']).endsWith(candidate)) ?? ''
  const isClass = owner !== '' && owner !== 'test' && !path.endsWith(`${owner} > `)
  const id = `${file === '' ? '' : `${file} > `}${isClass ? `${owner} > ` : ''}${path}${name}`
  const failure = failureOf(testcase, name, testFiles)
  if (failure !== null) return { id, name, outcome: 'failed', failure }
  const isSkipped = elements(testcase['skipped']).length > 0 || testcase['skipped'] === ''
  return { id, name, outcome: isSkipped ? 'skipped' : 'passed', failure: null }
}

function failureOf(testcase: Element, name: string, testFiles: readonly string[]): Failure | null {
  const [failure] = elements(testcase['failure'])
  const [error] = elements(testcase['error'])
  const found = failure ?? error
  if (found === undefined) return null
  const message = text(found['@message'])
  const body = text(found['#text'])
  const isWholeFile = testFiles.some((file) => file === name || file.endsWith(`/${name}`))
  const kind =
    error !== undefined && failure === undefined
      ? 'load'
      : kindOf(text(found['@type']), message, body, isWholeFile)
  return {
    kind,
    message: told(message, body),
    line: lineOf(body, testFiles),
  }
}

function kindOf(
  type: string,
  message: string,
  body: string,
  isWholeFile: boolean,
): Failure['kind'] {
  if (/timeout/i.test(type) || /^(?:Failed: )?Timeout\b/i.test(message)) return 'timeout'
  // node:test reports a file that could not be loaded as one failed test with the file's name.
  if (isWholeFile || type === 'hookFailed') return 'load'
  if (/\bERR_ASSERTION\b/.test(body) || assertionMessage.test(message)) return 'assertion'
  return loadMessage.test(message) ? 'load' : 'error'
}

const assertionMessage =
  /^(?:AssertionError\b|assert\b|Failed: DID NOT (?:RAISE|WARN)|Failed: |.*\bAssertionError:)/
const loadMessage =
  /^(?:ImportError|ModuleNotFoundError|SyntaxError|IndentationError|NameError|fixture '|failed on setup|ReferenceError)/

/** The last line of the failing test file that the trace mentions. */
function lineOf(body: string, testFiles: readonly string[]): number | null {
  const lines = body.split('\n').flatMap((line) => {
    const match = /(?<file>[^\s():"]+\.[a-z]+):(?<line>\d+)/.exec(line)
    const file = match?.groups?.['file'] ?? ''
    const isTest = testFiles.some(
      (candidate) => file === candidate || file.endsWith(`/${candidate}`),
    )
    return isTest ? [Number(match?.groups?.['line'])] : []
  })
  // JavaScript names the innermost call first, Python last.
  return (/^\s+at /m.test(body) ? lines[0] : lines.at(-1)) ?? null
}

function elements(value: unknown): readonly Element[] {
  const list = Array.isArray(value) ? (value as unknown[]) : value === undefined ? [] : [value]
  return list.map((item) =>
    typeof item === 'object' && item !== null ? (item as Element) : { '#text': item },
  )
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The first line of the message; of a collection failure, which says nothing, the error behind it. */
function told(message: string, body: string): string {
  const behind = body.split('\n').findLast((line) => line.startsWith('E   '))
  const text = message === 'collection failure' ? behind?.slice(4) : message
  return ((text ?? body).trim().split('\n')[0] ?? '').slice(0, 300)
}
