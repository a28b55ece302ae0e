import { modeOf } from '../boundary/delivery-mode.ts'
import { requireTarget, type Foreground } from '../boundary/foreground.ts'
import { uploadBodies, type BodyReport } from '../bodies/upload.ts'
import { drain, type DrainOptions } from '../delivery/drain.ts'
import type { DrainReport } from '../delivery/report.ts'
import { openJournal, type Journal } from '../journal/journal.ts'
import { accessOf, receiverOf } from './receiver.ts'

export interface PassOptions extends Pick<
  DrainOptions,
  'signal' | 'onProgress' | 'retries' | 'whenHeld' | 'patience'
> {
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** What one delivery pass did; undefined parts did not take place. */
export interface PassReport {
  readonly delivery: DrainReport | undefined
  readonly bodies: BodyReport | undefined
}

/**
 * Delivers everything that waits in the proper places: events first, then documents. `sync now` and
 * the daemon both run exactly this (SYNC/SC-007).
 */
export async function deliveryPass(
  foreground: Foreground,
  options: PassOptions,
): Promise<PassReport> {
  const { now, ...drainOptions } = options
  const journal = openJournal({ home: foreground.paths.home, now, mode: modeOf(foreground) })
  try {
    const delivery = await deliverEvents(foreground, journal, { ...drainOptions, now })
    const bodies =
      delivery?.stop.kind === 'finished' ? await deliverBodies(foreground, options) : undefined
    return { delivery, bodies }
  } finally {
    journal.close()
  }
}

async function deliverEvents(
  foreground: Foreground,
  journal: Journal,
  { now, ...options }: PassOptions,
): Promise<DrainReport | undefined> {
  const receiver = receiverOf(foreground, now)
  if (receiver === undefined) return undefined
  try {
    return await drain({ journal, receiver, ...options })
  } finally {
    await receiver.close()
  }
}

async function deliverBodies(
  foreground: Foreground,
  { now, signal }: PassOptions,
): Promise<BodyReport | undefined> {
  if (modeOf(foreground).delivery !== 'teamspace') return undefined
  return uploadBodies(foreground.identity.queue_db_path, {
    serverUrl: requireTarget(foreground).resolvedServerUrl,
    accessToken: async () => (await accessOf(foreground, now()))?.accessToken,
    now,
    signal,
  })
}
