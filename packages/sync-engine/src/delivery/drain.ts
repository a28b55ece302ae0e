import { advice } from '../base/remedies.ts'
import { randomUUID } from 'node:crypto'
import { clearBlocked } from '../journal/blocked.ts'
import { explainSqlite } from '../journal/explain-sqlite.ts'
import type { Journal } from '../journal/journal.ts'
import { withReserve } from '../journal/reserve.ts'
import type { DeliveryReceiver } from '../receivers/contract.ts'
import { acquire, type Acquired } from './acquire.ts'
import { claimNext, releaseClaim } from './claim.ts'
import { drainEnd } from './outcome.ts'
import { EventQueue, neverAsked, type BatchKind } from './event-queue.ts'
import { freshPages, heldPages, laggingProjects, openPages, type Pages } from './feed.ts'
import { blockedAggregates, heldAggregates } from './held.ts'
import { AggregateOrder } from './order.ts'
import type { Sender } from '../consent/sender.ts'
import { allowedStreams } from '../consent/allowed.ts'
import { forgetLagging, noteLagging } from '../consent/lagging.ts'
import type { DrainContext } from './drain-context.ts'
import { producerOf } from './producer.ts'
import { RETRY_POLICY, type RetryPolicy } from './retry-policy.ts'
import { sendAll } from './pipeline.ts'
import type { DrainProgress, DrainStop } from './progress.ts'
import { recordResults } from './record.ts'
import { reportDrain, Tally, type DrainReport } from './report.ts'
import { noteDeployment, noteDrain, registerTarget, type Target } from './targets.ts'

export interface DrainOptions {
  readonly journal: Journal
  /** Its identity is the target; it is registered if it is new. */
  readonly receiver: DeliveryReceiver
  /**
   * Whom it delivers for: only what may go with it is sent (docs/consent.md). Without one the caller
   * answers for what goes out; the command always gives one.
   */
  readonly sender?: Sender | undefined
  /** Aborting ends the drain after the running batch; what that batch brought is recorded. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: DrainProgress) => void) | undefined
  /** `all` sends every open event once (a person asked), `due` only those whose wait is over. */
  readonly retries?: 'all' | 'due'
  /** What to do while another dispatcher posts to this target. */
  readonly whenHeld?: 'wait' | 'leave'
  readonly retryPolicy?: Partial<RetryPolicy>
}

/**
 * Delivers what a target does not have: open events once, then everything it never answered for, in order
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
      retryPolicy: { ...RETRY_POLICY, ...options.retryPolicy },
      sender: options.sender,
      producer: receiver.namesProducer === true ? producerOf(journal) : undefined,
      signal: options.signal,
      onProgress: tally.note,
      renew: () => claimNext(journal, target, holder).kind === 'claimed',
      wasAllowed: allowedStreams(journal.db, options.sender),
      claim: acquired.claim,
      limits,
    })
  } finally {
    giveBack(journal, acquired)
  }
}

/** A daemon goes on after a journal that cannot be written, so the lock may not be left behind then. */
function giveBack(journal: Journal, { claim, lock }: Extract<Acquired, { kind: 'claimed' }>): void {
  try {
    releaseClaim(journal, claim)
  } finally {
    lock?.release()
  }
}

/** The receiver's gates, and the wait that the server asked for, which only a person overrides. */
async function closedGate(
  { journal, receiver, retries = 'all' }: DrainOptions,
  { restingUntilMs }: Target,
): Promise<DrainStop | undefined> {
  const gate = await receiver.gate()
  if (gate.kind === 'closed')
    return { kind: 'blocked', reason: gate.reason, what: gate.what, remedy: gate.remedy }
  if (retries === 'all' || !isAhead(restingUntilMs, journal.now())) return undefined
  const what = 'the server asked to be left alone for a while'
  const remedy = advice('nothing is lost; spec-kitty sync now asks it all the same')
  return { kind: 'unavailable', category: 'throttled', what, remedy, retryAtMs: restingUntilMs }
}

/** No server is left alone for longer than this: what is farther off was written by a wrong clock. */
const LONGEST_REST_MS = 24 * 3_600_000

function isAhead(untilMs: number | undefined, nowMs: number): untilMs is number {
  return untilMs !== undefined && untilMs > nowMs && untilMs <= nowMs + LONGEST_REST_MS
}

/**
 * Open events once, then what waited for a predecessor or for a consent, then everything new; each phase
 * in order of capture, so an aggregate's events keep their order.
 */
async function runPhases(
  { retries = 'all' }: DrainOptions,
  target: Target,
  drainContext: DrainContext,
): Promise<DrainStop> {
  const { journal, claim, sender, onProgress } = drainContext
  const { generationId } = target
  noteLagging(journal, generationId, sender)
  onProgress({ kind: 'claimed', through: claim.through })
  const dueBy = retries === 'all' ? Number.MAX_SAFE_INTEGER : journal.now()
  const send = (kind: BatchKind, pages: Pages, blocked: Set<number>) => {
    const order = new AggregateOrder(blocked, drainContext.limits.keepsOrder === true)
    return sendAll(drainContext, new EventQueue(drainContext, pages, { kind, order }))
  }
  const notDue = blockedAggregates(journal, generationId, dueBy)
  const retried = await send('retry', openPages(drainContext, target, dueBy), notDue)
  if (retried !== undefined) return retried
  const open = blockedAggregates(journal, generationId)
  const released = await send('held', heldPages(drainContext, target), open)
  if (released !== undefined) return released
  const blocked = (): Set<number> =>
    new Set([...blockedAggregates(journal, generationId), ...heldAggregates(journal, generationId)])
  for (const { streams, pages } of laggingProjects(drainContext, target)) {
    const caughtUp = await send('lagging', pages, blocked())
    if (caughtUp !== undefined) return caughtUp
    forgetLagging(journal, generationId, streams, sender)
  }
  return (await send('fresh', freshPages(drainContext, target), blocked())) ?? finish(drainContext)
}

/** The cursor steps over removed rows at the end of the window. */
function finish({ journal, claim }: DrainContext): DrainStop {
  const step = { claim, events: [], resultOf: neverAsked, recordedThrough: claim.through }
  const held = recordResults(journal, step) !== undefined
  return held ? { kind: 'finished' } : { kind: 'lost-claim' }
}
