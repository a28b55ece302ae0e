import { commandOrRemark, onOneLine } from '../base/remedies.ts'
import type { SyncError } from '../base/errors.ts'
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
  journal: SyncError | undefined,
): Finding[] {
  return [
    ...unreadableJournal(journal),
    ...lost(delivery),
    ...target(boundary, delivery),
    ...owner(boundary),
    ...stalled(daemon),
    ...conflicts(delivery),
    ...stranded(boundary, delivery),
    ...terminal(delivery),
    ...closedGate(delivery),
    ...setBack(delivery),
    ...consent(delivery),
  ]
}

const LOGIN = 'spec-kitty auth login --headless'
const RETIRE = 'spec-kitty doctor orphan-daemons --retire'
const MIGRATE = 'spec-kitty sync migrate'

function unreadableJournal(error: SyncError | undefined): Finding[] {
  if (error === undefined) return []
  const code = error.code.replaceAll('-', '_')
  return [finding(code, `${error.where}: ${error.what}`, commandOrRemark(error.remedy))]
}

/** Nothing of it can be delivered; a new journal is another producer, so no receiver confuses the two. */
function lost({ event_journal: { lost: what } }: DeliverySections): Finding[] {
  return what === null ? [] : [finding('events_lost', what, 'spec-kitty doctor journal --repair')]
}

function finding(code: string, what: string, remedy: string, blocking = true): Finding {
  return { code, what: onOneLine(what), remedy, blocking }
}

/** Without one target nobody can be logged in to it, so the login is no complaint of its own then. */
function target(boundary: BoundarySection, { target_authority }: DeliverySections): Finding[] {
  const { refused, remedy, needed } = target_authority
  if (!needed) return []
  const { auth_required, auth_present } = boundary
  if (refused !== null) return [finding('target_unresolved', refused, remedy, auth_required)]
  if (!auth_required || auth_present) return []
  return [finding('login_missing', 'sync is on and nobody is logged in', LOGIN)]
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
  const [first] = mismatches
  if (first !== undefined) {
    const fields = mismatches.map(({ field }) => field).join(', ')
    const what = `the daemon differs in: ${fields}`
    found.push(finding('owner_mismatch', what, first.remediation_hint))
  }
  for (const { pid, reason } of orphan_records)
    found.push(
      finding('owner_orphan', `the daemon's record (pid ${pid}) is orphaned: ${reason}`, RETIRE),
    )
  const { problem, remedy } = daemon_owner_record
  if (problem !== null)
    found.push(finding('owner_unreadable', `the owner record: ${problem}`, remedy))
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

function stalled({ stalled_reason: reason, stalled_remedy: remedy }: DaemonSection): Finding[] {
  return reason === null || remedy === null
    ? []
    : [finding('daemon_stalled', `the daemon is stalled: ${reason}`, remedy)]
}

function conflicts({ migration_conflicts: { count } }: DeliverySections): Finding[] {
  if (count === 0) return []
  const remedy = `${MIGRATE} --resolve keep-existing --all`
  return [
    finding('migration_conflicts', `${count} event(s) exist with two different contents`, remedy),
  ]
}

function stranded(boundary: BoundarySection, delivery: DeliverySections): Finding[] {
  const { legacy_queue: legacy, stranded_queues: queues } = boundary
  const unreadable = [legacy, ...queues].flatMap(({ path, problem, remedy }) =>
    problem === null || remedy === null
      ? []
      : [finding('queue_unreadable', `${path}: ${problem}`, remedy)],
  )
  // Deciding a conflict is what moves the rows of its source, so they get no second complaint.
  if (delivery.migration_conflicts.count > 0) return unreadable
  const rows = [
    { path: legacy.path, rows: legacy.rows_in_scope, remedy: legacy.remedy },
    ...queues.map(waiting),
  ].flatMap(({ path, rows, remedy }) =>
    rows === 0 || remedy === null
      ? []
      : [finding('stranded_rows', `${rows} row(s) wait in ${path}`, remedy)],
  )
  const missions = legacy.missions.map((slug) => {
    const what = `setup-plan stranded mission slug ${slug}`
    return finding('setup_plan_stranded', what, legacy.remedy ?? MIGRATE)
  })
  return [...unreadable, ...rows, ...missions]
}

function waiting(queue: BoundarySection['stranded_queues'][number]) {
  const rows = queue.event_count + queue.body_upload_count + queue.failure_log_count
  return { path: queue.path, rows, remedy: queue.remedy }
}

function terminal({ terminal_failures: { count } }: DeliverySections): Finding[] {
  if (count === 0) return []
  const what = `${count} event(s) were refused for good and wait for a decision`
  return [finding('terminal_failures', what, 'spec-kitty sync failed retry --all', false)]
}

/** Where a complaint of its own names the gate already, no second one does. */
function closedGate({ delivery_gate: gate }: DeliverySections): Finding[] {
  const { state, reason, what, waiting, remedy } = gate
  if (state !== 'closed' || waiting === 0 || what === null || remedy === null) return []
  if (reason === 'missing_auth' && remedy === LOGIN) return []
  return [finding('delivery_closed', `${waiting} event(s) wait: ${what}`, remedy, false)]
}

/** Nothing is wrong with it: only a person may widen where events go. */
function consent({ consent: { waiting, waiting_documents } }: DeliverySections): Finding[] {
  const documents = waiting_documents.map(({ project, account, documents, remedy }) => {
    const under = account === null ? '' : `, queued under ${account},`
    const what = `${documents} document(s) of project ${project}${under} wait for a consent`
    return finding('consent_waiting', what, remedy, false)
  })
  const events = waiting.map(({ project, project_slug: slug, account, events, remedy }) => {
    const name = slug === null ? project : `${slug} (${project})`
    const under = account === null ? '' : `, captured under ${account},`
    const what = `${events} event(s) of project ${name}${under} wait for a consent`
    return finding('consent_waiting', what, remedy, false)
  })
  return [...events, ...documents]
}

/** Advice, not a fault: only its operator knows whether the server lost anything (SYNC/FR-012). */
function setBack({ delivery_targets: { current, previous } }: DeliverySections): Finding[] {
  return [current, ...previous].flatMap(({ target_id, canonical_url, reset_suspected }) =>
    target_id === null || reset_suspected === null
      ? []
      : [
          finding(
            'target_reset_suspected',
            `${canonical_url ?? ''} may be another server than before: ${reset_suspected}`,
            `spec-kitty sync targets --redrain ${target_id}`,
            false,
          ),
        ],
  )
}
