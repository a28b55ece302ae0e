import { mayGo } from '../consent/allowed.ts'
import { waitingForConsent, type StreamCount } from '../consent/waiting.ts'
import { senderOf } from '../context/sender.ts'
import { modeOf } from '../context/delivery-mode.ts'
import { requireTarget, type CommandContext } from '../context/command-context.ts'
import { documentCount } from '../bodies/groups.ts'
import { uploadBodies, type BodyReport } from '../bodies/upload.ts'
import { refusalOf } from '../context/refusal.ts'
import { endOf, type End } from '../delivery/end.ts'
import { drain, type DrainOptions } from '../delivery/drain.ts'
import type { DrainReport } from '../delivery/report.ts'
import { lostEvents, lostText } from '../journal/high-water.ts'
import { openJournal, type Journal } from '../journal/journal.ts'
import { accessOf, receiverOf } from './receiver.ts'

export interface PassOptions extends Pick<
  DrainOptions,
  'signal' | 'onProgress' | 'retries' | 'whenHeld' | 'retryPolicy'
> {
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** What one delivery pass did; undefined parts did not take place. */
export interface PassReport {
  readonly delivery: DrainReport | undefined
  readonly bodies: BodyReport | undefined
  /** What may not go out before somebody agrees. */
  readonly waiting: readonly StreamCount[]
  /** The account that it was delivered for. */
  readonly account: string
  /** What was captured and is not in the journal any more, in words; no delivery can tell it apart. */
  readonly lost: string | undefined
}

/**
 * Delivers everything that waits in the proper places: events first, then documents. `sync now` and
 * the daemon both run exactly this (SYNC/SC-007).
 */
export async function deliveryPass(
  context: CommandContext,
  options: PassOptions,
): Promise<PassReport> {
  const { now, ...drainOptions } = options
  const journal = openJournal({ home: context.paths.home, now, frees: true, mode: modeOf(context) })
  try {
    const delivery = await deliverEvents(context, journal, { ...drainOptions, now })
    const bodies =
      delivery?.stop.kind === 'finished'
        ? await deliverBodies(context, journal, options)
        : undefined
    const lost = lostEvents(journal.db, journal.path)
    return {
      delivery,
      bodies,
      ...waitingOf(context, journal, delivery),
      lost: lost && lostText(lost),
    }
  } finally {
    journal.close()
  }
}

/** @param stranded rows of old queues that wait for a decision */
export function endOfPass({ delivery, bodies, waiting }: PassReport, stranded = 0): End {
  return endOf({
    stop: delivery?.stop,
    counts: delivery?.counts,
    waitingForConsent: waiting.reduce((sum, { events }) => sum + events, 0),
    triedForConsent: waiting.reduce((sum, { tried = 0 }) => sum + tried, 0),
    documents: bodies && { ...bodies, forConsent: documentCount(bodies.forConsent) },
    stranded,
  })
}

function waitingOf(
  context: CommandContext,
  journal: Journal,
  delivery: DrainReport | undefined,
): Pick<PassReport, 'waiting' | 'account'> {
  const sender = senderOf(context)
  const waiting =
    delivery === undefined ? [] : waitingForConsent(journal, delivery.target.generationId, sender)
  return { waiting, account: sender.account }
}

async function deliverEvents(
  context: CommandContext,
  journal: Journal,
  { now, ...options }: PassOptions,
): Promise<DrainReport | undefined> {
  const receiver = receiverOf(context, now)
  if (receiver === undefined) return undefined
  try {
    return await drain({ journal, receiver, sender: senderOf(context), ...options })
  } finally {
    await receiver.close()
  }
}

async function deliverBodies(
  context: CommandContext,
  journal: Journal,
  { now, signal }: PassOptions,
): Promise<BodyReport | undefined> {
  if (modeOf(context).delivery !== 'teamspace') return undefined
  try {
    return await uploadDocuments(context, journal, { now, signal })
  } catch (cause) {
    const refusal = refusalOf(cause)
    if (refusal === undefined) throw cause
    // What became of the events is told all the same.
    const { what, where, next } = refusal
    return { ...NO_DOCUMENTS, stopped: `the documents in ${where} wait: ${what}; ${next}` }
  }
}

const NO_DOCUMENTS: Omit<BodyReport, 'stopped'> = {
  stored: 0,
  alreadyThere: 0,
  postponed: 0,
  failed: 0,
  waiting: 0,
  forConsent: [],
}

function uploadDocuments(
  context: CommandContext,
  journal: Journal,
  { now, signal }: PassOptions,
): Promise<BodyReport> {
  return uploadBodies(context.identity.queue_db_path, {
    serverUrl: requireTarget(context).resolvedServerUrl,
    mayGo: (group) => mayGo(journal.db, senderOf(context), group),
    accessToken: async (refused) => (await accessOf(context, now(), refused))?.accessToken,
    now,
    signal,
  })
}

/** What a daemon says of a pass, and whether it leaves the target alone for longer after it. Pure. */
export function daemonOutcome(report: PassReport): {
  readonly outcome: string
  readonly isFailure: boolean
} {
  const stop = report.delivery?.stop
  if (stop !== undefined && 'what' in stop) return { outcome: stop.what, isFailure: true }
  // What was refused is not a failure of the daemon, but "finished" would say that nothing is left.
  const end = endOfPass(report)
  return { outcome: end.ok ? (stop?.kind ?? 'nothing to send') : end.what, isFailure: false }
}
