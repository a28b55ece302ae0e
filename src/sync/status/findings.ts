import { RESTART } from '../boundary/identity.ts'
import type { BoundarySection } from './boundary-section.ts'
import type { DeliverySections } from './delivery-section.ts'
import type { DaemonSection } from './daemon-section.ts'

/** One complaint with the command that ends it in the very state it was printed for. */
export interface Finding {
  readonly code: string
  readonly what: string
  readonly remedy: string
  /** Whether `--check` fails because of it. */
  readonly blocking: boolean
}

/** Everything that is wrong, most urgent first. Pure. */
export function findingsOf(
  boundary: BoundarySection,
  delivery: DeliverySections,
  daemon: DaemonSection,
): Finding[] {
  return [
    ...authority(delivery),
    ...login(boundary),
    ...owner(boundary),
    ...stalled(daemon),
    ...conflicts(delivery),
    ...stranded(boundary, delivery),
    ...terminal(delivery),
  ]
}

const LOGIN = 'spec-kitty auth login --headless'
const RETIRE = 'spec-kitty doctor orphan-daemons --retire'
const MIGRATE = 'spec-kitty sync migrate'

function finding(code: string, what: string, remedy: string, blocking = true): Finding {
  return { code, what, remedy, blocking }
}

function authority({ target_authority: target }: DeliverySections): Finding[] {
  if (target.refused === undefined) return []
  return [finding('target_unresolved', target.refused, 'spec-kitty sync server <url>', false)]
}

function login({ auth_required, auth_present }: BoundarySection): Finding[] {
  if (!auth_required || auth_present) return []
  return [finding('login_missing', 'sync is on and nobody is logged in', LOGIN)]
}

function owner(boundary: BoundarySection): Finding[] {
  const { mismatches, orphan_records, live_orphan_daemon_count, daemon_owner_record } = boundary
  const found: Finding[] = []
  if (mismatches.length > 0) {
    const fields = mismatches.map(({ field }) => field).join(', ')
    found.push(finding('owner_mismatch', `the daemon differs in: ${fields}`, RESTART))
  }
  for (const { pid, reason } of orphan_records)
    found.push(
      finding('owner_orphan', `the daemon's record (pid ${pid}) is orphaned: ${reason}`, RETIRE),
    )
  if ('problem' in daemon_owner_record)
    found.push(
      finding(
        'owner_unreadable',
        `the owner record: ${String(daemon_owner_record.problem)}`,
        RETIRE,
      ),
    )
  if (live_orphan_daemon_count > 0)
    found.push(
      finding(
        'daemon_orphan',
        `${live_orphan_daemon_count} daemon(s) without a record run`,
        RETIRE,
      ),
    )
  return found
}

function stalled({ stalled_reason: reason }: DaemonSection): Finding[] {
  return reason === null
    ? []
    : [finding('daemon_stalled', `the daemon is stalled: ${reason}`, RESTART)]
}

function conflicts({ migration_conflicts: { count } }: DeliverySections): Finding[] {
  if (count === 0) return []
  const remedy = `${MIGRATE} --resolve keep-existing --all`
  return [
    finding('migration_conflicts', `${count} event(s) exist with two different contents`, remedy),
  ]
}

/** Rows in conflict are not also called stranded: deciding the conflict is what moves them. */
function stranded(boundary: BoundarySection, delivery: DeliverySections): Finding[] {
  const { legacy_queue: legacy, stranded_queues: queues, auth_present } = boundary
  const documents = legacy.rows_in_scope - legacy.event_count
  const remedy = documents > 0 && !auth_present ? LOGIN : MIGRATE
  const found: Finding[] = []
  if (legacy.problem !== undefined)
    found.push(finding('queue_unreadable', `${legacy.path}: ${legacy.problem}`, MIGRATE))
  if (legacy.rows_in_scope > 0 && delivery.migration_conflicts.count === 0)
    found.push(
      finding('legacy_rows', `${legacy.rows_in_scope} row(s) wait in ${legacy.path}`, remedy),
    )
  for (const slug of legacy.missions)
    found.push(finding('setup_plan_stranded', `setup-plan stranded mission slug ${slug}`, remedy))
  for (const queue of queues) {
    const rows = queue.event_count + queue.body_upload_count + queue.failure_log_count
    const what =
      queue.problem === null
        ? `${rows} row(s) wait in ${queue.path}`
        : `${queue.path}: ${queue.problem}`
    if (delivery.migration_conflicts.count === 0)
      found.push(finding('stranded_rows', what, MIGRATE))
  }
  return found
}

function terminal({ terminal_failures: { count } }: DeliverySections): Finding[] {
  if (count === 0) return []
  const what = `${count} event(s) were refused for good and wait for a decision`
  return [finding('terminal_failures', what, 'spec-kitty sync retry --all', false)]
}
