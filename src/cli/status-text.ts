import type { StatusReport } from '../sync/index.ts'

/** The report as a person reads it: facts in two columns, then every complaint with its remedy. */
export function statusText(report: StatusReport, columns: number): string {
  const rows = factsOf(report).map(
    ([name, value]) => `${name.padEnd(12)} ${fit(value, columns - 13)}`,
  )
  const complaints = report.findings.map(
    ({ what, remedy, blocking }) => `${blocking ? '✗' : '!'} ${what}\n    run: ${remedy}`,
  )
  const verdict = report.ok ? '✓ coherent' : '✗ not coherent'
  return `${[...rows, '', ...complaints, verdict].join('\n')}\n`
}

function factsOf(report: StatusReport): [string, string][] {
  const { foreground, event_journal: journal, delivery_ledger: ledger, daemon } = report
  const waiting = ledger.undelivered_current_target ?? journal.retained_event_count
  return [
    ['version', foreground.package_version],
    ['program', foreground.executable_path],
    ['server', foreground.server_url ?? 'none'],
    ['login', foreground.team_or_user ?? 'nobody'],
    ['queue', `${foreground.queue_db_path} (${report.active_queue.body_upload_count} documents)`],
    ['journal', `${journal.retained_event_count} events, ${megabytes(journal.journal_size_bytes)}`],
    [
      'delivered',
      `${ledger.delivered_current_target} here, ${ledger.delivered_previous_target} elsewhere`,
    ],
    ['waiting', `${waiting} events, ${ledger.pending} pending at the service`],
    ['daemon', daemon.running ? runningText(report) : 'not running'],
    ['last drain', ledger.last_drain_at ?? 'never'],
  ]
}

function runningText({ daemon_owner_record: owner, daemon }: StatusReport): string {
  const age = daemon.heartbeat_age_seconds
  return `pid ${owner.pid ?? '?'}, version ${owner.package_version ?? '?'}, heartbeat ${age === null ? 'none yet' : `${age} s ago`}`
}

function megabytes(bytes: number): string {
  return bytes < 1024 * 1024
    ? `${Math.ceil(bytes / 1024)} KiB`
    : `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}

/** A path is cut at the front: its end is what tells it apart. */
function fit(text: string, width: number): string {
  return text.length <= width ? text : `…${text.slice(text.length - width + 1)}`
}
