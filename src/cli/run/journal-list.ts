import { readEntries, readJournal, type JournalEntry } from '../../sync/index.ts'
import { flag, text, whole, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { foregroundOf } from './call-context.ts'

export function run(call: Call): number {
  const limit = whole(call, 'limit', { from: 1, to: 1_000_000, otherwise: 50 })
  const journal = readJournal({ home: foregroundOf(call).paths.home, now: call.io.now })
  try {
    const entries = readEntries(journal, {
      type: text(call, 'type'),
      newest: flag(call, 'newest'),
      limit,
    })
    if (flag(call, 'json')) printJson(call.io, { events: entries.map(asJson) })
    else for (const entry of entries) call.io.out(asLine(entry))
    return 0
  } finally {
    journal.close()
  }
}

/** `envelope` is the whole event as captured; null once gc or archive removed it. */
function asJson(entry: JournalEntry): object {
  return {
    seq: entry.seq,
    event_id: entry.eventId,
    event_type: entry.eventType,
    occurred_at: entry.occurredAt,
    captured_at: new Date(entry.capturedAtMs).toISOString(),
    drain_blocked_reason: entry.blockedReason ?? null,
    superseded_by: entry.supersededBy ?? null,
    envelope: entry.envelope === undefined ? null : (JSON.parse(entry.envelope) as unknown),
  }
}

function asLine({ seq, occurredAt, eventType, eventId }: JournalEntry): string {
  return `${seq}  ${occurredAt}  ${eventType}  ${eventId}\n`
}
