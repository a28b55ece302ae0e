import {
  type Frame,
  framesOfStack,
  numbered,
  type RawFailure,
  type TestCase,
  toFailure,
} from './case.ts'
import type { Ended } from './events.ts'
import type { RunRequest, TestRun } from './runner.ts'

/** One line `ok` or `not ok` with what belongs to it. */
interface Point {
  readonly isOk: boolean
  readonly name: string
  readonly isLeftOut: boolean
  readonly children: readonly Point[]
  /** The YAML block below it. */
  readonly details: string
}

const pointLine =
  /^(?<indent> *)(?<not>not )?ok(?: \d+)?(?: -)? ?(?<name>.*?)(?:\s+# (?<directive>.*?))?(?: \{)?$/
/** Comments with which tap and tape end; every other comment of tape names a test. */
const summary = /^# (?:Subtest\b|tests\b|pass\b|fail\b|ok\b|not ok\b|skip\b|todo\b|time=|\{)/

/** ava reports a file that ended by an error, and the error, as if they were tests. */
const crashOfAva = / exited (?:with a non-zero exit code|due to)|^No tests found in /
const errorOfAva = / exited |^No tests found in |^(?:Uncaught |Unhandled )?\w*Error\b/

/** Reads what ava, tap and tape print: the TAP of one file. */
export function readTap(output: string, { files, tree }: RunRequest, ended: Ended): TestRun {
  const file = files[0] ?? ''
  const { points: all, title, isComplete } = pointsOf(output)
  const crash = all.findIndex(({ isOk, name }) => !isOk && crashOfAva.test(name))
  const points = crash < 0 ? all : all.filter(({ isOk, name }) => isOk || !errorOfAva.test(name))
  const cases = numbered(points.flatMap((point) => casesOf(point, [file], tree)))
  if (crash >= 0) {
    const why = all.find(({ isOk, name }) => !isOk && errorOfAva.test(name))?.name ?? ended.what
    return { kind: 'reported', cases, unloaded: new Map([[file, why]]), hits: null }
  }
  const told = isComplete ? cases : [...cases, ...brokenOff(title, file, tree, ended)]
  if (told.length > 0) return { kind: 'reported', cases: told, unloaded: new Map(), hits: null }
  if (ended.timedOut) return { kind: 'timed-out', what: ended.what }
  if (!/^TAP version/m.test(output) && !isComplete)
    return { kind: 'reported', cases: [], unloaded: new Map([[file, ended.what]]), hits: null }
  return { kind: 'not-reported', what: ended.what }
}

interface Read {
  readonly points: readonly Point[]
  /** The test of tape that was running at last. */
  readonly title: string | null
  /** Whether the plan at the end is there: without it the program was cut off. */
  readonly isComplete: boolean
}

function pointsOf(output: string): Read {
  const pending = new Map<number, Point[]>()
  let title: string | null = null
  let isComplete = false
  const lines = output.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    if (/^1\.\.\d+/.test(line)) isComplete = true
    title = titleIn(line) ?? title
    const groups = pointLine.exec(line)?.groups
    if (groups === undefined) continue
    const details = detailsAfter(lines, at)
    at += details.length
    const indent = groups['indent']?.length ?? 0
    const point = toPoint(groups, childrenOf(pending, indent), details.join('\n'))
    const isOfTape = indent === 0 && title !== null && point.children.length === 0
    const own = pending.get(indent) ?? []
    pending.set(indent, own)
    if (isOfTape) addToTitle(own, title ?? '', point)
    else own.push(point)
  }
  return { points: pending.get(0) ?? [], title, isComplete }
}

/** The name of a test of tape: a comment that is not part of the summary. */
function titleIn(line: string): string | null {
  return line.startsWith('# ') && !summary.test(line) ? line.slice(2).trim() : null
}

function toPoint(
  groups: Readonly<Record<string, string | undefined>>,
  children: readonly Point[],
  details: string,
): Point {
  const isLeftOut = /^(?:skip|todo)/i.test(groups['directive'] ?? '')
  return {
    isOk: groups['not'] === undefined,
    name: groups['name'] ?? '',
    isLeftOut,
    children,
    details,
  }
}

/** In tape a test is a comment and the assertions below it. */
function addToTitle(own: Point[], title: string, point: Point): void {
  const last = own.at(-1)
  const isSame = last?.name === title && last.details === ''
  const children = [...(isSame ? last.children : []), point]
  const isOk = children.every((child) => child.isOk || child.isLeftOut)
  const isLeftOut = children.every((child) => child.isLeftOut)
  const group = { name: title, isOk, isLeftOut, children, details: '' }
  if (isSame) own.splice(-1, 1, group)
  else own.push(group)
}

/** What was indented further since the last line of this indentation. */
function childrenOf(pending: Map<number, Point[]>, indent: number): readonly Point[] {
  const deeper = [...pending.keys()]
    .filter((key) => key > indent)
    .toSorted((one, other) => one - other)
  const children = deeper.flatMap((key) => pending.get(key) ?? [])
  for (const key of deeper) pending.delete(key)
  return children
}

function detailsAfter(lines: readonly string[], at: number): readonly string[] {
  if (lines[at + 1]?.trim() !== '---') return []
  const end = lines.findIndex((line, index) => index > at + 1 && line.trim() === '...')
  return end < 0 ? lines.slice(at + 1) : lines.slice(at + 1, end + 1)
}

function casesOf(point: Point, path: readonly string[], tree: string): readonly TestCase[] {
  const own = [...path, point.name]
  if (point.children.some(({ children }) => children.length > 0))
    return point.children.flatMap((child) => casesOf(child, own, tree))
  const common = { id: own.join(' > '), name: point.name, file: path[0] ?? null, hits: null }
  if (point.isLeftOut) return [{ ...common, outcome: 'skipped', failure: null }]
  if (point.isOk) return [{ ...common, outcome: 'passed', failure: null }]
  const failed = point.children.find(({ isOk, isLeftOut }) => !isOk && !isLeftOut) ?? point
  return [{ ...common, outcome: 'failed', failure: toFailure(rawOf(failed), tree) }]
}

function rawOf({ name, details }: Point): RawFailure {
  const field = (key: string): string =>
    new RegExp(`^\\s*${key}: (?:>-|\\|-?)?\\s*(?<value>.*)$`, 'm').exec(details)?.groups?.[
      'value'
    ] ?? ''
  const type = field('name').replace(/['"]/g, '')
  const isThrown = /tapCaught:|Error thrown in test|Rejected promise returned/.test(details)
  const isTyped = type !== '' && !type.includes('Assertion')
  const values = ['operator', 'expected', 'actual', 'message'].map(field).join(' ')
  return {
    type,
    message: `${name}: ${values}`.trim(),
    phase: /timeout!|timed out|never resolved/i.test(name + field('message')) ? 'hang' : 'call',
    isAssertion: !isThrown && !isTyped,
    frames: framesIn(details),
  }
}

const place = /(?<file>(?:file:\/\/)?[\w./@+-]+\.[cm]?[jt]sx?):(?<line>\d+)(?::\d+)?/

function framesIn(details: string): readonly Frame[] {
  const lines = details.slice(Math.max(0, details.search(/^\s*(?:stack|at):/m))).split('\n')
  const frames = lines.flatMap((line) => {
    const { file, line: number } = place.exec(line)?.groups ?? {}
    return file === undefined ? [] : [{ file, line: Number(number) }]
  })
  return frames.toReversed()
}

/** What Node prints of an error that nothing caught. */
const uncaught = /^(?<what>\w*Error\b.*(?:\n(?!\s+at ).*)*)(?<stack>(?:\n\s+at .*)+)/gm

/** The program ended in the middle of a test: by an error that nothing caught, or by the time limit. */
function brokenOff(title: string | null, file: string, tree: string, ended: Ended): TestCase[] {
  if (title === null) return []
  const { what = ended.what, stack = '' } = [...ended.log.matchAll(uncaught)].at(-1)?.groups ?? {}
  const raw: RawFailure = {
    type: /(?<type>\w*Error)\b/.exec(what)?.groups?.['type'] ?? '',
    message: what,
    phase: ended.timedOut ? 'hang' : 'call',
    isAssertion: what.includes('AssertionError'),
    frames: framesOfStack(stack),
  }
  const id = `${file} > ${title}`
  return [{ id, name: title, file, outcome: 'failed', failure: toFailure(raw, tree), hits: null }]
}
