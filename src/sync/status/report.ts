import { daemonRemedy } from '../boundary/daemon-start.ts'
import type { Foreground } from '../boundary/foreground.ts'
import { readOwner } from '../boundary/owner.ts'
import { liveOrphans } from '../daemon/orphans.ts'
import { listProcesses } from '../daemon/process-list.ts'
import { pythonDaemons } from '../daemon/python-generation.ts'
import { SyncError } from '../errors.ts'
import { explainSqlite } from '../journal/database.ts'
import { emptyJournal, journalPath, readJournal, type Journal } from '../journal/journal.ts'
import { boundarySection } from './boundary-section.ts'
import { daemonSection } from './daemon-section.ts'
import { deliverySections, type DeliverySections } from './delivery-section.ts'
import { findingsOf } from './findings.ts'

const INCOHERENT = 2

/** Facts about the hosted side that this program cannot know; kept for earlier consumers. */
const REMOTE = {
  remote_project_state: 'unknown',
  materialized_at: null,
  historical_import_state: 'unknown',
  last_blocker_sample: null,
} as const

/**
 * The whole truth about capture, delivery and ownership (BOUNDARY/FR-008, SYNC/FR-019). Read-only:
 * nothing is created, migrated or sent.
 * @param now milliseconds since the epoch
 */
export async function statusReport(foreground: Foreground, now: number) {
  const { paths } = foreground
  const owner = readOwner(paths.owner)
  const processes = listProcesses()
  const boundary = boundarySection(foreground, owner, {
    live: liveOrphans(paths, processes),
    python: await pythonDaemons(paths, processes),
  })
  const { error, ...delivery } = deliveryOf(foreground, now)
  const ledger = delivery.delivery_ledger
  const age = {
    undelivered: ledger.undelivered_current_target ?? 0,
    oldestUndeliveredAt: ledger.oldest_undelivered_event_at,
  }
  const daemon = await daemonSection(owner, paths, age, now, daemonRemedy(foreground))
  const findings = findingsOf(boundary, delivery, daemon, error)
  const ok = findings.every(({ blocking }) => !blocking)
  return {
    ok,
    exit_code: ok ? 0 : INCOHERENT,
    ...boundary,
    remote_sync: REMOTE,
    ...delivery,
    event_sync_status_error: error?.what ?? null,
    daemon,
    findings,
  }
}

/** A journal that cannot be read shows as an empty one, with the error beside it: the rest still counts. */
function deliveryOf(
  foreground: Foreground,
  now: number,
): DeliverySections & { readonly error: SyncError | undefined } {
  const read = (journal: Journal): DeliverySections => {
    try {
      return deliverySections(foreground, journal)
    } finally {
      journal.close()
    }
  }
  const { home } = foreground.paths
  try {
    return { ...read(readJournal({ home, now: () => now })), error: undefined }
  } catch (cause) {
    const error = explainSqlite(cause, journalPath(home))
    if (!(error instanceof SyncError)) throw cause
    return { ...read(emptyJournal()), error }
  }
}

export type StatusReport = Awaited<ReturnType<typeof statusReport>>
