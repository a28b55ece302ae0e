import type { StatusReport } from '@canary-gate/sync-engine'

const NAME_WIDTH = 11

/** The report as a person reads it: facts in two columns, then every complaint with its remedy. */
export function statusText(report: StatusReport, columns: number): string {
  const width = columns - NAME_WIDTH - 1
  const facts = factsOf(report).map(
    ([name, value]) => `${name.padEnd(NAME_WIDTH)} ${shortened(value, width)}`,
  )
  const complaints = report.findings.flatMap(({ what, remedy, blocking }) => [
    ...wrapped(`${blocking ? '✗' : '!'} ${what}`, columns),
    `    ${remedy}`,
  ])
  return `${[...facts, '', ...complaints, ...wrapped(verdictOf(report), columns)].join('\n')}\n`
}

/** Nothing is called coherent while events wait that nothing will deliver. */
function verdictOf({ ok, ending, delivery_gate: gate, findings }: StatusReport): string {
  if (!ok) return '✗ not coherent; the remedy is below each complaint'
  if (gate.state !== 'open' && gate.waiting > 0)
    return `! nothing is broken, and nothing delivers the ${gate.waiting} event(s) here: ${gate.what ?? ''}`
  if (ending.word === 'closed') return `✓ coherent; nothing waits, and ${ending.what}`
  if (!ending.ok) return `! nothing is broken, and ${ending.what}`
  return findings.length === 0 ? '✓ coherent' : '✓ coherent; see what is marked with !'
}

function factsOf(report: StatusReport): [string, string][] {
  const { foreground, legacy_queue: legacy, orphan_records: orphans } = report
  return [
    ['version', foreground.package_version],
    ['program', foreground.executable_path],
    ['checkout', foreground.source_path ?? 'none'],
    ['server', foreground.server_url ?? 'none'],
    ['login', foreground.team_or_user ?? 'nobody'],
    ['queue', foreground.queue_db_path],
    ['documents', `${report.active_queue.body_upload_count} wait for upload`],
    ['old queue', `${legacy.event_count} events, ${legacy.body_upload_count} documents`],
    ...eventFacts(report),
    ...daemonFacts(report),
    ['orphans', String(orphans.length + report.live_orphan_daemon_count)],
  ]
}

function eventFacts({
  event_journal: journal,
  delivery_ledger: ledger,
}: StatusReport): [string, string][] {
  const waiting = ledger.undelivered_current_target ?? journal.retained_event_count
  const oldest = ledger.oldest_undelivered_event_at ?? journal.oldest_retained_event_at
  const since = waiting === 0 || oldest === null ? '' : `, the oldest since ${oldest}`
  return [
    ['journal', `${journal.retained_event_count} events, ${readable(journal.journal_size_bytes)}`],
    [
      'delivered',
      `${ledger.delivered_current_target} here, ${ledger.delivered_previous_target} elsewhere`,
    ],
    ['waiting', `${waiting} events${since}`],
    ['last drain', ledger.last_drain_at ?? 'never'],
  ]
}

function daemonFacts({ daemon, daemon_owner_record: owner }: StatusReport): [string, string][] {
  if (!daemon.running) return [['daemon', 'not running']]
  const age = daemon.heartbeat_age_seconds
  const heartbeat = age === null ? 'no heartbeat yet' : `heartbeat ${age} s ago`
  return [
    ['daemon', `pid ${owner.pid ?? '?'}, version ${owner.package_version ?? '?'}, ${heartbeat}`],
    ['', owner.executable_path ?? ''],
  ]
}

function readable(bytes: number): string {
  const kib = bytes / 1024
  return kib < 1024 ? `${Math.ceil(kib)} KiB` : `${(kib / 1024).toFixed(1)} MiB`
}

/** A path is cut at the front: its end is what tells it apart. */
function shortened(text: string, width: number): string {
  return text.length <= width ? text : `…${text.slice(text.length - width + 1)}`
}

/** Breaks between words; a path that is longer than a line stays whole, so that it can be copied. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(line === undefined ? word : `  ${word}`)
  }
  return lines
}
