import {
  explainSqlite,
  readJournal,
  readSomeEntries,
  type Journal,
  type JournalEntry,
} from '@canary-gate/sync-engine'
import { refusalFacts } from '../command/complain.ts'
import { flag, text, whole, type Call } from '../command/define.ts'
import { sayLost } from '../command/finish.ts'
import { lostHere } from '../command/lost-events.ts'
import { contextOf } from './call-context.ts'

/** Entries in memory at a time; a journal may have millions. */
const PAGE = 100

const REFUSED = 2

/** Prints the list as it is read. `ok` is at the end of the JSON object: only there it is known. */
export function run(call: Call): number {
  const limit = whole(call, 'limit', { from: 1, to: 1_000_000, otherwise: 50 })
  const journal = readJournal({ home: contextOf(call).paths.home, now: call.io.now })
  try {
    if (flag(call, 'json')) return printList(call, journal, limit)
    for (const entry of entriesOf(call, journal, limit)) call.io.out(asLine(entry))
    const lost = lostHere(call)
    if (lost !== undefined) sayLost(call.io, lost)
    return 0
  } finally {
    journal.close()
  }
}

function* entriesOf(call: Call, journal: Journal, limit: number): Generator<JournalEntry> {
  const options = { type: text(call, 'type'), newest: flag(call, 'newest') }
  let after: number | undefined
  for (let left = limit; left > 0;) {
    const page = readSomeEntries(journal, { ...options, after, limit: Math.min(left, PAGE) })
    yield* page
    after = page.at(-1)?.seq
    if (after === undefined) return
    left -= page.length
  }
}

function printList(call: Call, journal: Journal, limit: number): number {
  const { out } = call.io
  out('{\n  "events": [')
  let isFirst = true
  try {
    for (const entry of entriesOf(call, journal, limit)) {
      out(`${isFirst ? '' : ','}\n    ${asJson(entry)}`)
      isFirst = false
    }
  } catch (cause) {
    const refusal = refusalFacts(explainSqlite(cause, journal.path))
    if (refusal === undefined) throw cause
    out(`\n  ],\n${membersText({ ok: false, ...refusal })}\n}\n`)
    return REFUSED
  }
  const lost = lostHere(call)
  const missing = lost === undefined ? {} : { events_lost: lost }
  out(`\n  ],\n${membersText({ ok: true, ...missing })}\n}\n`)
  if (lost !== undefined) sayLost(call.io, lost)
  return 0
}

/** The members of an object as they are in the middle of another one. */
function membersText(facts: object): string {
  return JSON.stringify(facts, null, 2).slice(2, -2)
}

/**
 * `envelope` is the event with every digit as it was captured, so its text is put there as it is; null once gc
 * or archive removed it.
 */
function asJson(entry: JournalEntry): string {
  const facts = {
    seq: entry.seq,
    event_id: entry.eventId,
    event_type: entry.eventType,
    occurred_at: entry.occurredAt,
    captured_at: new Date(entry.capturedAtMs).toISOString(),
    drain_blocked_reason: entry.blockedReason ?? null,
    superseded_by: entry.supersededBy ?? null,
  }
  return `${JSON.stringify(facts).slice(0, -1)},"envelope":${jsonText(entry.envelope)}}`
}

/** What is not JSON any more, in a damaged journal, is shown as the text that it is. */
function jsonText(envelope: string | undefined): string {
  if (envelope === undefined) return 'null'
  try {
    JSON.parse(envelope)
    return envelope
  } catch {
    return JSON.stringify(envelope)
  }
}

function asLine({ seq, occurredAt, eventType, eventId }: JournalEntry): string {
  return `${seq}  ${occurredAt}  ${eventType}  ${eventId}\n`
}
