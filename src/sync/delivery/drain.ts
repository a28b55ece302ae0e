import { randomUUID } from 'node:crypto'
import { clearBlocked } from '../journal/blocked.ts'
import { explainSqlite } from '../journal/database.ts'
import type { Journal } from '../journal/journal.ts'
import { withReserve } from '../journal/reserve.ts'
import type { DeliveryReceiver } from '../receivers/contract.ts'
import { acquire } from './acquire.ts'
import { claimNext, releaseClaim } from './claim.ts'
import { drainEnd } from './ending.ts'
import { freshPages, openPages } from './feed.ts'
import type { Passage } from './passage.ts'
import { PATIENCE, type Patience } from './patience.ts'
import { sendAll } from './pipeline.ts'
import type { DrainProgress, DrainStop } from './progress.ts'
import { recordJudgements, type Judgement } from './record.ts'
import { reportDrain, Tally, type DrainReport } from './report.ts'
import { noteDeployment, noteDrain, registerTarget, type Target } from './targets.ts'

export interface DrainOptions {
  readonly journal: Journal
  /** Its identity is the target; it is registered if it is new. */
  readonly receiver: DeliveryReceiver
  /** Aborting ends the drain after the running batch; what that batch brought is recorded. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: DrainProgress) => void) | undefined
  /** `all` sends every open event once (a person asked), `due` only those whose wait is over. */
  readonly retries?: 'all' | 'due'
  /** What to do while another dispatcher posts to this target. */
  readonly whenHeld?: 'wait' | 'leave'
  readonly patience?: Partial<Patience>
}

/**
 * Delivers what a target does not have: open events once, then everything it never judged, in order
 * of capture. Select, claim, post, record; nothing is ever deleted (SYNC/FR-001, SYNC/FR-004).
 * @throws {SyncError} `disk-full`, `journal-busy`; nothing is lost and the next drain goes on
 */
export async function drain(options: DrainOptions): Promise<DrainReport> {
  const { journal, receiver } = options
  const { db, path } = journal
  const target = withReserve(db, path, () => registerTarget(journal, receiver.identity))
  const tally = new Tally(options.onProgress, journal.now())
  try {
    const stop = await drainTarget(options, target, tally)
    withReserve(db, path, () => noteDrain(journal, target, drainEnd(stop)))
    return reportDrain(journal, target, stop, tally)
  } catch (cause) {
    throw explainSqlite(cause, journal.path)
  }
}

async function drainTarget(
  options: DrainOptions,
  target: Target,
  tally: Tally,
): Promise<DrainStop> {
  const { journal, receiver } = options
  const closed = await closedGate(options, target)
  if (closed !== undefined) return closed
  withReserve(journal.db, journal.path, () => clearBlocked(journal))
  const holder = randomUUID()
  const acquired = await acquire(options, target, { holder, onProgress: tally.note })
  if (acquired.kind === 'stop') return acquired.stop
  try {
    const { limits, deployment } = await receiver.describe()
    withReserve(journal.db, journal.path, () => noteDeployment(journal, target, deployment))
    return await runPhases(options, target, {
      journal,
      receiver,
      patience: { ...PATIENCE, ...options.patience },
      signal: options.signal,
      onProgress: tally.note,
      renew: () => claimNext(journal, target, holder).kind === 'claimed',
      claim: acquired.claim,
      limits,
    })
  } finally {
    releaseClaim(journal, acquired.claim)
  }
}

/** The receiver's gates, and the wait that the server asked for, which only a person overrides. */
async function closedGate(
  { journal, receiver, retries = 'all' }: DrainOptions,
  { restingUntilMs }: Target,
): Promise<DrainStop | undefined> {
  const gate = await receiver.gate()
  if (gate.kind === 'closed')
    return { kind: 'blocked', reason: gate.reason, what: gate.what, next: gate.next }
  if (retries === 'all' || restingUntilMs === undefined || restingUntilMs <= journal.now())
    return undefined
  const what = 'the server asked to be left alone for a while'
  const next = 'nothing is lost; spec-kitty sync now asks it all the same'
  return { kind: 'unavailable', category: 'throttled', what, next, retryAtMs: restingUntilMs }
}

/** Open events once, then everything new; each phase in order of capture. */
async function runPhases(
  { retries = 'all' }: DrainOptions,
  target: Target,
  passage: Passage,
): Promise<DrainStop> {
  passage.onProgress({ kind: 'claimed', through: passage.claim.through })
  const dueBy = retries === 'all' ? Number.MAX_SAFE_INTEGER : passage.journal.now()
  const retried = await sendAll(passage, openPages(passage, target, dueBy), 'retry')
  if (retried !== undefined) return retried
  const sent = await sendAll(passage, freshPages(passage, target), 'fresh')
  return sent ?? finish(passage)
}

/** The cursor steps over removed rows at the end of the window. */
function finish({ journal, claim }: Passage): DrainStop {
  const step = { claim, events: [], judge: neverAsked, recordedThrough: claim.through }
  const held = recordJudgements(journal, step) !== undefined
  return held ? { kind: 'finished' } : { kind: 'lost-claim' }
}

function neverAsked(): Judgement {
  throw new Error('there is no event to judge')
}
