import { RESTART } from '../boundary/identity.ts'
import type { PythonDaemon } from '../daemon/python-generation.ts'
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
    ...target(boundary, delivery),
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

/** Without one target nobody can be logged in to it, so the login is no complaint of its own then. */
function target(boundary: BoundarySection, { target_authority }: DeliverySections): Finding[] {
  const { refused, remedy } = target_authority
  const { auth_required, auth_present } = boundary
  if (refused !== null)
    return [finding('target_unresolved', refused, asCommand(remedy), auth_required)]
  if (!auth_required || auth_present) return []
  return [finding('login_missing', 'sync is on and nobody is logged in', LOGIN)]
}

function asCommand(next: string): string {
  return next.replace(/^run: /, '')
}

function owner(boundary: BoundarySection): Finding[] {
  const {
    mismatches,
    orphan_records,
    live_orphan_daemon_count,
    daemon_owner_record,
    python_daemons,
  } = boundary
  const found: Finding[] = []
  if (mismatches.length > 0) {
    const fields = mismatches.map(({ field }) => field).join(', ')
    found.push(finding('owner_mismatch', `the daemon differs in: ${fields}`, RESTART))
  }
  for (const { pid, reason } of orphan_records)
    found.push(
      finding('owner_orphan', `the daemon's record (pid ${pid}) is orphaned: ${reason}`, RETIRE),
    )
  if (daemon_owner_record.problem !== null)
    found.push(
      finding('owner_unreadable', `the owner record: ${daemon_owner_record.problem}`, RETIRE),
    )
  const live = live_orphan_daemon_count - python_daemons.length
  if (live > 0)
    found.push(finding('daemon_orphan', `${live} daemon(s) without a record run`, RETIRE))
  return [...found, ...python_daemons.map(pythonDaemon)]
}

/** One that does not listen can be ended by its user alone: no signal is sent on a mere resemblance. */
function pythonDaemon({ pid, port }: PythonDaemon): Finding {
  const what = `a daemon of the Python generation (pid ${pid}) drains the old queue on its own`
  return finding('daemon_python', what, port === null ? `kill ${pid}` : RETIRE)
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

function stranded(boundary: BoundarySection, delivery: DeliverySections): Finding[] {
  const { legacy_queue: legacy, stranded_queues: queues, auth_present } = boundary
  const unreadable = [legacy, ...queues].flatMap(({ path, problem }) =>
    problem === null ? [] : [unreadableQueue(path, problem)],
  )
  // Deciding a conflict is what moves the rows of its source, so they get no second complaint.
  if (delivery.migration_conflicts.count > 0) return unreadable
  const documents = legacy.rows_in_scope - legacy.event_count
  const remedy = documents > 0 && !auth_present ? LOGIN : MIGRATE
  const missions = legacy.missions.map((slug) =>
    finding('setup_plan_stranded', `setup-plan stranded mission slug ${slug}`, remedy),
  )
  const rows = [{ path: legacy.path, rows: legacy.rows_in_scope, remedy }, ...queues.map(waiting)]
    .filter((queue) => queue.rows > 0)
    .map((queue) =>
      finding('stranded_rows', `${queue.rows} row(s) wait in ${queue.path}`, queue.remedy),
    )
  return [...unreadable, ...rows, ...missions]
}

function waiting(queue: BoundarySection['stranded_queues'][number]) {
  const rows = queue.event_count + queue.body_upload_count + queue.failure_log_count
  return { path: queue.path, rows, remedy: MIGRATE }
}

/** Moving the file aside keeps it for whoever can repair it, and ends the complaint. */
function unreadableQueue(path: string, problem: string): Finding {
  return finding('queue_unreadable', `${path}: ${problem}`, `mv '${path}' '${path}.unreadable'`)
}

function terminal({ terminal_failures: { count } }: DeliverySections): Finding[] {
  if (count === 0) return []
  const what = `${count} event(s) were refused for good and wait for a decision`
  return [finding('terminal_failures', what, 'spec-kitty sync retry --all', false)]
}
