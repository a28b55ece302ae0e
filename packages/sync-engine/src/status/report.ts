import { commandOrRemark } from '../base/remedies.ts'
import { daemonRemedy } from '../context/daemon-start.ts'
import type { CommandContext } from '../context/command-context.ts'
import { readOwner } from '../context/owner.ts'
import { liveOrphans } from '../daemon/orphans.ts'
import { listProcesses } from '../daemon/process-list.ts'
import { pythonDaemons } from '../daemon/python-generation.ts'
import type { SyncError } from '../base/errors.ts'
import { refusalOf } from '../context/refusal.ts'
import { explainSqlite } from '../journal/explain-sqlite.ts'
import { emptyJournal, journalPath, readJournal, type Journal } from '../journal/journal.ts'
import { notBegun, unreadable } from '../delivery/end.ts'
import { boundarySection, type BoundarySection } from './boundary-section.ts'
import { daemonSection } from './daemon-section.ts'
import { deliverySections, type DeliverySections } from './delivery-section.ts'
import { findingsOf } from './findings.ts'
import { notWritable } from './not-writable.ts'

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
export async function statusReport(context: CommandContext, now: number) {
  const { paths } = context
  const owner = readOwner(paths.owner)
  const processes = listProcesses()
  const boundary = boundarySection(context, owner, {
    live: liveOrphans(paths, processes),
    python: await pythonDaemons(paths, processes),
  })
  const { error: unread, ...found } = deliveryOf(context, now, strandedIn(boundary))
  const closed = unread === undefined ? notWritable(paths) : undefined
  const error = unread ?? closed?.error
  const delivery =
    closed?.isJournal === true
      ? { ...found, ending: notBegun(closed.error.what, closed.error.remedy) }
      : found
  const ledger = delivery.delivery_ledger
  const age = {
    // What waits for a person is not the daemon's fault.
    undelivered: Math.max(0, (ledger.undelivered_current_target ?? 0) - forPeople(delivery)),
    oldestUndeliveredAt: ledger.oldest_undelivered_event_at,
  }
  const daemon = await daemonSection(owner, paths, age, now, commandOrRemark(daemonRemedy(context)))
  const findings = findingsOf(boundary, delivery, daemon, error)
  const ok = findings.every(({ blocking }) => !blocking)
  return {
    ok,
    exit_code: ok ? 0 : INCOHERENT,
    ...boundary,
    remote_sync: REMOTE,
    ...delivery,
    event_sync_status_error: unread?.what ?? null,
    daemon,
    findings,
  }
}

function forPeople({ consent, terminal_failures }: DeliverySections): number {
  return consent.waiting_count + terminal_failures.count
}

/** What of old queues no delivery reads; deciding a conflict moves the rows that it holds back. */
function strandedIn({ legacy_queue: legacy, stranded_queues: queues }: BoundarySection): number {
  const rowsOf = (queue: BoundarySection['stranded_queues'][number]): number =>
    queue.event_count + queue.body_upload_count + queue.failure_log_count
  return (
    (legacy.problem === null ? legacy.rows_in_scope : 1) +
    queues.reduce((sum, queue) => sum + (queue.problem === null ? rowsOf(queue) : 1), 0)
  )
}

/** A journal that cannot be read shows as an empty one, with the error beside it: the rest still counts. */
function deliveryOf(
  context: CommandContext,
  now: number,
  stranded: number,
): DeliverySections & { readonly error: SyncError | undefined } {
  const read = (journal: Journal): DeliverySections => {
    try {
      return deliverySections(context, journal, stranded)
    } finally {
      journal.close()
    }
  }
  const { home } = context.paths
  try {
    return { ...read(readJournal({ home, now: () => now })), error: undefined }
  } catch (cause) {
    const error = refusalOf(explainSqlite(cause, journalPath(home)))
    if (error === undefined) throw cause
    return { ...read(emptyJournal()), ending: unreadable(error.what, error.remedy), error }
  }
}

export type StatusReport = Awaited<ReturnType<typeof statusReport>>
