import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import {
  firstLines,
  type Frame,
  framesOfStack,
  inTree,
  numbered,
  type TestCase,
  toFailure,
} from './case.ts'
import type { TestRun } from './runner.ts'

const frame = z.object({ file: z.string(), line: z.int() })
const failure = z.object({
  type: z.string(),
  message: z.string(),
  phase: z.enum(['setup', 'call', 'hang', 'teardown']),
  isAssertion: z.boolean(),
  frames: z.array(frame).optional(),
  stack: z.string().optional(),
})
const named = {
  id: z.string().optional(),
  file: z.string().optional(),
  path: z.array(z.string()).optional(),
}
const hits = z.array(z.tuple([z.string(), z.int()]))
const event = z.discriminatedUnion('event', [
  z.object({ event: z.literal('start'), ...named }),
  // An error that came when a test had passed, and fails the run.
  z.object({ event: z.literal('late'), ...named, failure }),
  z.object({ event: z.literal('load'), file: z.string(), message: z.string() }),
  z.object({ event: z.literal('hits'), hits }),
  z.object({
    event: z.literal('case'),
    ...named,
    outcome: z.enum(['passed', 'skipped', 'failed']),
    failure: failure.nullable(),
    hits: hits.optional(),
  }),
])
type Event = z.infer<typeof event>
type CaseEvent = Extract<Event, { event: 'case' }>

/**
 * Reads what one of our reporters wrote (`reporters/`): one JSON document a line, each test when it
 * begins and when it ends, so that a run that had to be ended still says what was not done.
 *
 * @param ended how the run ended, for a report without a single test
 */
export async function readEvents(path: string, tree: string, ended: Ended): Promise<TestRun> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const events = text.split('\n').flatMap(parsed)
  const cases = casesOf(events, tree)
  const unloaded = new Map(
    events.flatMap((one) =>
      one.event === 'load' ? [[inTree(one.file, tree) ?? one.file, firstLines(one.message)]] : [],
    ),
  )
  if (ended.timedOut) return hung(events, cases, tree, unloaded, ended)
  if (cases.length + unloaded.size === 0) return { kind: 'not-reported', what: ended.what }
  return { kind: 'reported', cases, unloaded, hits: hitsOf(events) }
}

/** How a run ended apart from its report. */
export interface Ended {
  readonly timedOut: boolean
  readonly what: string
  /** Everything that the program printed. */
  readonly log: string
}

function parsed(line: string): readonly Event[] {
  if (line === '') return []
  try {
    const read = event.safeParse(JSON.parse(line))
    return read.success ? [read.data] : []
  } catch {
    // The last line of a run that was ended may be half a document.
    return []
  }
}

function casesOf(events: readonly Event[], tree: string): readonly TestCase[] {
  const told = events.filter((one) => one.event === 'case')
  const late = events.filter((one) => one.event === 'late')
  const lateOf = new Map(late.map((one) => [nameOf(one, tree).id, one.failure]))
  return numbered(
    told.map((one) => {
      const name = nameOf(one, tree)
      const error = one.outcome === 'passed' ? lateOf.get(name.id) : undefined
      const failure = error ?? one.failure
      return {
        ...name,
        outcome: error === undefined ? one.outcome : 'failed',
        failure: failure === null ? null : toFailure(rawOf(failure), tree),
        hits: one.hits?.map(([path, line]) => `${path}:${line}`) ?? null,
      }
    }),
  )
}

function rawOf(one: NonNullable<CaseEvent['failure']>): Parameters<typeof toFailure>[0] {
  const frames: readonly Frame[] = one.frames ?? framesOfStack(one.stack ?? '')
  const phase = one.phase === 'teardown' ? 'setup' : one.phase
  return { type: one.type, message: one.message, isAssertion: one.isAssertion, phase, frames }
}

function nameOf(
  { id, file, path = [] }: Pick<CaseEvent, 'id' | 'file' | 'path'>,
  tree: string,
): Pick<TestCase, 'id' | 'name' | 'file'> {
  if (id !== undefined) {
    const parts = id.split('::')
    return { id, name: id.slice(id.lastIndexOf('::', bracket(id)) + 2), file: parts[0] ?? null }
  }
  const own = file === undefined || file === '' ? null : inTree(file, tree)
  return { id: [own ?? '', ...path].join(' > '), name: path.at(-1) ?? '', file: own }
}

/** Parameters of a pytest id may hold `::` themselves. */
function bracket(id: string): number {
  const at = id.indexOf('[')
  return at < 0 ? id.length : at
}

function hitsOf(events: readonly Event[]): readonly string[] | null {
  const told = events.filter((one) => one.event === 'hits')
  if (told.length === 0) return null
  return told.flatMap((one) => one.hits.map(([path, line]) => `${path}:${line}`))
}

/** A run that had to be ended: the test that had begun and not ended did not end. */
function hung(
  events: readonly Event[],
  cases: readonly TestCase[],
  tree: string,
  unloaded: ReadonlyMap<string, string>,
  { what }: Ended,
): TestRun {
  const done = new Set(cases.map(({ id }) => id))
  const begun = events.flatMap((one) => (one.event === 'start' ? [nameOf(one, tree)] : []))
  const isOpenSuite = (id: string): boolean => begun.some((one) => one.id.startsWith(`${id} > `))
  const open = begun.filter(({ id }) => !done.has(id) && !isOpenSuite(id))
  if (open.length === 0) return { kind: 'timed-out', what }
  const failure = { kind: 'timeout', message: 'the test did not end', line: null } as const
  const hanging = open.map((one): TestCase => ({ ...one, outcome: 'failed', failure, hits: null }))
  return { kind: 'reported', cases: [...cases, ...hanging], unloaded, hits: hitsOf(events) }
}
