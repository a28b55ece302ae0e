import { basename, dirname, join } from 'node:path'
import type { Evidence } from '../evidence/run-evidence.ts'

/** How a run came to its end. Only the first kind has a verdict; every other one released nothing. */
export type RunEndKind = 'verdict' | 'interrupted' | 'not-started' | 'no-verdict'

/** What a notifier reads on its standard input (docs/operating.md). It grows by further keys only. */
export interface Notification {
  readonly schemaVersion: 1
  /** Title of the gate. */
  readonly gate: string
  readonly end: RunEndKind
  /** One line for a person. */
  readonly summary: string
  readonly verdict: Evidence['verdict'] | 'none'
  readonly run: string | null
  readonly world: string | null
  readonly state: string | null
  readonly candidate: Evidence['candidate']
  readonly startedAt: string | null
  readonly finishedAt: string
  readonly requirements: { readonly passed: number; readonly total: number } | null
  readonly stop: NotifiedStop | null
  /** Addresses of what was published. */
  readonly published: readonly string[]
  /** Files on the machine of the gate. */
  readonly evidence: string | null
  readonly page: string | null
}

type Stop = NonNullable<Evidence['stop']>
type NotifiedStop = Pick<
  Stop,
  'requirement' | 'code' | 'verdict' | 'cause' | 'what' | 'where' | 'next'
>

/** Longest text of another system that is passed on. */
const LONGEST = 2_000

/** The notification about a run that has a verdict. Pure. */
export function notificationOf(gate: string, evidence: Evidence, file: string): Notification {
  const { verdict, runId, world, state, candidate, startedAt, finishedAt, stop } = evidence
  const passed = evidence.requirements.filter((one) => one.verdict === 'pass').length
  return {
    ...{ schemaVersion: 1, gate, end: 'verdict', summary: summaryOf(evidence, passed), verdict },
    ...{ run: runId, world, state, candidate, startedAt, finishedAt },
    requirements: { passed, total: evidence.requirements.length },
    stop: stop === null ? null : shortened(stop),
    published: evidence.publication.comments,
    ...{ evidence: file, page: join(dirname(file), 'index.html') },
  }
}

/**
 * The notification about a run that ended without a verdict. Pure.
 *
 * @param what what happened, one line
 * @param runFolder undefined where there is none
 */
export function notificationWithoutVerdict(
  gate: string,
  end: Exclude<RunEndKind, 'verdict'>,
  what: string,
  now: Date,
  runFolder?: string,
): Notification {
  return {
    ...{ schemaVersion: 1, gate, end, verdict: 'none' },
    summary: `NO VERDICT, nothing is released: ${what.slice(0, LONGEST)}`,
    ...{ run: runFolder === undefined ? null : basename(runFolder), world: null, state: null },
    ...{ candidate: null, startedAt: null, finishedAt: now.toISOString(), requirements: null },
    ...{ stop: null, published: [], evidence: null, page: null },
  }
}

function summaryOf({ verdict, candidate, stop, requirements, world }: Evidence, passed: number) {
  const about = candidate === null ? '' : ` ${candidate.tag}`
  const where = world === 'rehearsal' ? ' (rehearsal)' : ''
  const why =
    verdict === 'waived'
      ? `NOT a release, the stop at ${stop?.requirement ?? 'the run itself'} was waived`
      : stop === null
        ? `${passed} of ${requirements.length} requirements passed`
        : `stopped at ${stop.requirement ?? 'the run itself'} (${stop.code})`
  return `${verdict.toUpperCase()}${about}${where}: ${why}`
}

function shortened(stop: Stop): NotifiedStop {
  const { requirement, code, verdict, cause } = stop
  const [what = '', where = '', next = ''] = [stop.what, stop.where, stop.next].map((text) =>
    text.slice(0, LONGEST),
  )
  return { requirement, code, verdict, cause, what, where, next }
}
