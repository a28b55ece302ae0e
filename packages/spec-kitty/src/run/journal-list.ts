import { readEntries, readJournal, type JournalEntry } from '@canary-gate/sync-engine'
import { flag, text, whole, type Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { contextOf } from './call-context.ts'

export function run(call: Call): number {
  const limit = whole(call, 'limit', { from: 1, to: 1_000_000, otherwise: 50 })
  const journal = readJournal({ home: contextOf(call).paths.home, now: call.io.now })
  try {
    const entries = readEntries(journal, {
      type: text(call, 'type'),
      newest: flag(call, 'newest'),
      limit,
    })
    return finish(call, 0, {
      json: () => ({ events: entries.map(asJson) }),
      text: () => entries.map(asLine).join(''),
    })
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
