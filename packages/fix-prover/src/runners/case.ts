import { isAbsolute, relative } from 'node:path'
import { roleOf } from '../changes/paths.ts'

/** How one test ended, as its runner's own report says. */
export interface TestCase {
  /** File, suites and name: equal for the same test on every tree. */
  readonly id: string
  /** Innermost name, without its suites. */
  readonly name: string
  /** Path in the repository; null where the runner does not say it. */
  readonly file: string | null
  readonly outcome: 'passed' | 'skipped' | 'failed'
  readonly failure: Failure | null
  /** Changed lines that the test executed, as `path:line`; null where that was not measured. */
  readonly hits: readonly string[] | null
}

/**
 * Why a test failed. `assertion`: the test itself says no. `raised`: an error came out of product code.
 * `missing-name`: at the test's own line a name, a module or a parameter is not there. `load`: the test
 * never came to its point. `timeout`: it did not end. `no-value`: at the test's own line what the product
 * handed out has no such entry, or is nothing; the test might as well have compared it. `error`: anything
 * else, e.g. at the test's own line.
 */
export type FailureKind =
  'assertion' | 'raised' | 'missing-name' | 'no-value' | 'load' | 'timeout' | 'error'

export interface Failure {
  readonly kind: FailureKind
  readonly message: string
  /** Line of the test file at which it failed, where the report tells. */
  readonly line: number | null
}

/** One place of a traceback. */
export interface Frame {
  readonly file: string
  readonly line: number
}

/** A failure as a reporter gives it. */
export interface RawFailure {
  /** Name of the error's class. */
  readonly type: string
  readonly message: string
  readonly phase: 'load' | 'setup' | 'call' | 'hang'
  readonly isAssertion: boolean
  /** Outermost call first. */
  readonly frames: readonly Frame[]
}

/** Whether a failure can show the old behaviour at all; the others only show that something is not there. */
export function tellsBehaviour({ kind }: Failure): boolean {
  return kind === 'assertion' || kind === 'raised' || kind === 'timeout' || kind === 'no-value'
}

/**
 * The kind of a failure, from structured data alone.
 *
 * @param tree folder in which the tests ran; what is outside of it is neither product nor test
 */
export function toFailure(raw: RawFailure, tree: string): Failure {
  const own = raw.frames.flatMap(({ file, line }) => {
    const path = inTree(file, tree)
    return path === null ? [] : [{ path, line, role: roleOf(path) }]
  })
  const last = own.at(-1)
  const where = {
    isLast: isProduct(last),
    isPassed: own.some(isProduct),
    isOwn: last?.role === 'test' && inTree(raw.frames.at(-1)?.file ?? '', tree) === last.path,
  }
  const line = own.findLast(({ role }) => role === 'test')?.line ?? null
  return { kind: kindOf(raw, where), message: told(raw), line }
}

function isProduct(frame: { readonly role: string } | undefined): boolean {
  return frame !== undefined && frame.role !== 'test'
}

/** Where the product was when the error came: at its origin, or on its way to the test. */
interface Where {
  readonly isLast: boolean
  readonly isPassed: boolean
  /** At the test's own line, and not in a library that it calls. */
  readonly isOwn: boolean
}

function kindOf(raw: RawFailure, { isLast, isPassed, isOwn }: Where): FailureKind {
  const { phase, isAssertion, type, message } = raw
  if (phase === 'load') return 'load'
  if (phase === 'hang') return 'timeout'
  if (phase === 'setup') return isLast ? 'raised' : 'load'
  if (expectedToFail.test(message)) return 'error'
  if (isAssertion) return 'assertion'
  if (isLast) return 'raised'
  // A test that itself waits no longer than so long says that the product does not end.
  if (/^(?:\w+\.)*Timeout(?:Error|Expired)$/.test(type)) return 'timeout'
  if (isOwn && hasNoValue(type, message)) return 'no-value'
  if (isMissing(type, message)) return 'missing-name'
  // What a test's own function raised came back through product code that let it pass.
  return isPassed ? 'raised' : 'error'
}

/** What runners say of a test that is marked as failing, and passes. */
const expectedToFail =
  /^(?:Expect test to fail|Failing test passed even though|Test was expected to fail, but succeeded)/

const missingTypes =
  /^(?:NameError|AttributeError|ImportError|ModuleNotFoundError|ReferenceError|UnboundLocalError)$/
const missingMessages =
  /is not (?:a function|a constructor|defined|iterable)|Cannot find (?:module|package)|Cannot read propert|unexpected keyword argument|positional arguments?|fixture '|does not provide an export/

function isMissing(type: string, message: string): boolean {
  return missingTypes.test(type) || missingMessages.test(message)
}

/** A value that is nothing, where that is told apart from a missing name, which is undefined in JavaScript. */
function hasNoValue(type: string, message: string): boolean {
  return (
    /^(?:Key|Index)Error$/.test(type) ||
    /'NoneType' object (?:has no|is not|does not)/.test(message) ||
    /Cannot (?:read|set) propert(?:y|ies) of null\b|\bas it is null\b|\bobject null is not\b/.test(
      message,
    )
  )
}

/** The path in the repository, null for a file of a library or of the runner. */
export function inTree(file: string, tree: string): string | null {
  const plain = file.replace(/^file:\/\//, '').replace(/[?#].*$/, '')
  const path = isAbsolute(plain) ? relative(tree, plain) : plain
  const isOutside = path === '' || path.startsWith('..') || isAbsolute(path) || path.startsWith('<')
  const isLibrary = /(?:^|\/)(?:node_modules|site-packages|\.venv|venv|\.tox)\//.test(path)
  return isOutside || isLibrary || path.startsWith('node:') ? null : path
}

const atLine =
  /^\s*at (?:.*\()?(?:async )?(?<file>(?:file:\/\/|node:|[A-Za-z]:)?[^\s():]+):(?<line>\d+):\d+\)?$/

/** The frames of a JavaScript stack, outermost call first. */
export function framesOfStack(stack: string): readonly Frame[] {
  const frames = stack.split('\n').flatMap((text) => {
    const { file, line } = atLine.exec(text)?.groups ?? {}
    return file === undefined ? [] : [{ file: decodeURI(file), line: Number(line) }]
  })
  return frames.toReversed()
}

const colors = /\u001B\[[\d;]*m/g

function told({ type, message }: RawFailure): string {
  const text = message.replace(colors, '').trim().replace(/\s+/g, ' ')
  const isNamed = type === '' || text.startsWith(type)
  return (isNamed ? text : `${type}: ${text}`).slice(0, 500)
}

/** Two failures say the same, measured times, addresses and counters apart. */
export function failsAlike(one: Failure | null, other: Failure | null): boolean {
  if (one === null || other === null) return false
  return one.kind === other.kind && masked(one.message) === masked(other.message)
}

/** Numbers, addresses and paths of folders differ from run to run. */
function masked(message: string): string {
  return message.replace(/(?:\/[\w.@+-]+)+\//g, '/').replace(/0x[\da-f]+|\d+(?:\.\d+)?/gi, '#')
}

/** Two tests of one name in one file keep apart by their number. */
export function numbered(cases: readonly TestCase[]): readonly TestCase[] {
  const seen = new Map<string, number>()
  return cases.map((one) => {
    const count = (seen.get(one.id) ?? 0) + 1
    seen.set(one.id, count)
    return count === 1 ? one : { ...one, id: `${one.id} #${count}` }
  })
}

/** The begin of what a runner says of a file that it could not load. */
export function firstLines(text: string): string {
  return text.trim().split('\n').slice(0, 6).join(' | ').slice(0, 500)
}
