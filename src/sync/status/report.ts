import type { Foreground } from '../boundary/foreground.ts'
import { readOwner } from '../boundary/owner.ts'
import { liveOrphans } from '../daemon/orphans.ts'
import { listProcesses } from '../daemon/process-list.ts'
import { pythonDaemons } from '../daemon/python-generation.ts'
import { readJournal } from '../journal/journal.ts'
import { boundarySection } from './boundary-section.ts'
import { daemonSection } from './daemon-section.ts'
import { deliverySections } from './delivery-section.ts'
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
  const owner = readOwner(foreground.paths.owner)
  const processes = listProcesses()
  const boundary = boundarySection(foreground, owner, {
    live: liveOrphans(foreground.paths, processes),
    python: pythonDaemons(foreground.paths, processes),
  })
  const journal = readJournal({ home: foreground.paths.home, now: () => now })
  try {
    const delivery = deliverySections(foreground, journal)
    const ledger = delivery.delivery_ledger
    const age = {
      undelivered: ledger.undelivered_current_target ?? 0,
      oldestUndeliveredAt: ledger.oldest_undelivered_event_at,
    }
    const daemon = await daemonSection(owner, foreground.paths, age, now)
    const findings = findingsOf(boundary, delivery, daemon)
    const ok = findings.every(({ blocking }) => !blocking)
    return {
      ok,
      exit_code: ok ? 0 : INCOHERENT,
      ...boundary,
      remote_sync: REMOTE,
      ...delivery,
      daemon,
      findings,
    }
  } finally {
    journal.close()
  }
}

export type StatusReport = Awaited<ReturnType<typeof statusReport>>
