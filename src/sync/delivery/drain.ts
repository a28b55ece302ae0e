import { randomUUID } from 'node:crypto'
import { clearBlocked } from '../journal/blocked.ts'
import { explainSqlite } from '../journal/database.ts'
import type { Journal } from '../journal/journal.ts'
import type { DeliveryReceiver } from '../receivers/contract.ts'
import { acquire } from './acquire.ts'
import { batchLength } from './batching.ts'
import { claimNext, releaseClaim } from './claim.ts'
import { deliver, type BatchKind, type Passage } from './deliver.ts'
import { drainEnd } from './ending.ts'
import { PATIENCE, type Patience } from './patience.ts'
import type { DrainProgress, DrainStop } from './progress.ts'
import { recordJudgements } from './record.ts'
import { reportDrain, Tally, type DrainReport } from './report.ts'
import { selectFresh, selectOpen, type Outgoing } from './select.ts'
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
  const target = registerTarget(journal, receiver.identity)
  const tally = new Tally(options.onProgress, journal.now())
  try {
    const stop = await drainTarget(options, target, tally)
    noteDrain(journal, target, drainEnd(stop))
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
  clearBlocked(journal)
  const holder = randomUUID()
  const acquired = await acquire(options, target, { holder, onProgress: tally.note })
  if (acquired.kind === 'stop') return acquired.stop
  try {
    const { limits, deployment } = await receiver.describe()
    noteDeployment(journal, target, deployment)
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

async function runPhases(
  options: DrainOptions,
  target: Target,
  passage: Passage,
): Promise<DrainStop> {
  const retried = await drainOpen(options, target, passage)
  if (retried !== undefined) return retried
  const delivered = await drainFresh(target, passage)
  return delivered ?? { kind: 'finished' }
}

/** Rows read per selection; batches are cut from them. */
const PAGE = 1_000

/** Once through the open events in order of capture, each at most once. */
async function drainOpen(
  { journal, retries = 'all' }: DrainOptions,
  target: Target,
  passage: Passage,
): Promise<DrainStop | undefined> {
  const dueBy = retries === 'all' ? Number.MAX_SAFE_INTEGER : journal.now()
  for (let after = 0; ;) {
    const page = selectOpen(journal, target.generationId, { after, dueBy, limit: PAGE })
    const last = page.at(-1)
    if (last === undefined) return undefined
    const stop = await sendInBatches(passage, page, 'retry')
    if (stop !== undefined) return stop
    after = last.seq
  }
}

/** Everything this target never judged, window by window, until the journal's end is reached. */
async function drainFresh(target: Target, passage: Passage): Promise<DrainStop | undefined> {
  const { journal } = passage
  for (;;) {
    const { through } = passage.claim
    passage.onProgress({ kind: 'claimed', through })
    const page = selectFresh(journal, target.generationId, { through, limit: PAGE })
    const stop = await sendInBatches(passage, page, 'fresh')
    if (stop !== undefined) return stop
    if (page.length > 0) continue
    const next = nextWindow(target, passage)
    if (next !== 'more') return next
  }
}

/** A window may end in removed rows: the cursor steps over them before the next one is claimed. */
function nextWindow(target: Target, passage: Passage): DrainStop | 'more' | undefined {
  const { journal, claim } = passage
  const stepped = { claim, judged: [], httpStatus: undefined, recordedThrough: claim.through }
  if (recordJudgements(journal, stepped) === undefined) return { kind: 'lost-claim' }
  const answer = claimNext(journal, target, claim.holder)
  if (answer.kind === 'held') return { kind: 'lost-claim' }
  passage.claim = answer.claim
  return answer.claim.through > claim.through ? 'more' : undefined
}

async function sendInBatches(
  passage: Passage,
  page: readonly Outgoing[],
  kind: BatchKind,
): Promise<DrainStop | undefined> {
  for (let waiting = page; waiting.length > 0;) {
    if (passage.signal?.aborted === true) return { kind: 'interrupted' }
    const length = batchLength(waiting, passage.limits)
    const stop = await deliver(passage, waiting.slice(0, length), kind)
    if (stop !== undefined) return stop
    waiting = waiting.slice(length)
  }
  return undefined
}
