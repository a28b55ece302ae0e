import { inspect } from 'node:util'
import { asObject, asString, type JsonObject } from '../boundary/json.ts'
import { sha256 } from '../canonical.ts'
import { discardDecision } from '../config/discard.ts'
import type { CaptureOutcome, Moment } from './capture-outcome.ts'
import type { Journal } from './journal.ts'
import { statement } from './statements.ts'

/** Keeps what is no event, with what is wrong with it; it is never lost and never sent (SYNC/T014). */
export function quarantine(
  journal: Journal,
  candidate: unknown,
  problems: readonly string[],
  { atMs }: Moment,
): CaptureOutcome {
  const id = asString(asObject(candidate)?.['event_id']) ?? null
  const { lastInsertRowid } = statement(
    journal.db,
    'INSERT INTO quarantine (event_id, problems, received, at_ms) VALUES (?, ?, ?, ?)',
  ).run(id, JSON.stringify(problems), written(candidate), atMs)
  return { kind: 'quarantined', quarantineId: Number(lastInsertRowid), problems }
}

/** As JSON where possible; what JSON cannot hold is kept as readable text. */
function written(candidate: unknown): string {
  try {
    const text: unknown = JSON.stringify(candidate)
    return typeof text === 'string' ? text : inspect(candidate)
  } catch {
    return inspect(candidate)
  }
}

/** The opt-out mode's decision, taken here at capture and audited either way (SYNC/C-008). */
export function dropIfAllowed(
  journal: Journal,
  candidate: unknown,
  { atMs }: Moment,
): CaptureOutcome | undefined {
  if (journal.mode.retention === 'keep') return undefined
  const event: JsonObject = asObject(candidate) ?? {}
  const eventType = asString(event['event_type']) ?? 'unknown'
  const decision = discardDecision(journal.mode, eventType)
  const audited = decision === 'discard' ? 'discarded' : 'discard-refused'
  statement(
    journal.db,
    `INSERT INTO discard_audit (event_id, event_type, decision, content_sha, at_ms) VALUES (?, ?, ?, ?, ?)`,
  ).run(asString(event['event_id']) ?? null, eventType, audited, sha256(written(candidate)), atMs)
  return decision === 'discard' ? { kind: 'discarded', eventType } : undefined
}
