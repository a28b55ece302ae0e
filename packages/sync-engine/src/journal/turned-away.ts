import { sha256 } from '../base/digest.ts'
import { discardDecision } from '../config/discard.ts'
import type { CaptureOutcome, CaptureBatch } from './capture-outcome.ts'
import type { Journal } from './journal.ts'
import type { Judgement, Refused } from './judgement.ts'
import { statement } from './statements.ts'

const QUARANTINE = `
  INSERT INTO quarantine (event_id, problems, received, at_ms, received_sha) VALUES (?, ?, ?, ?, ?)`

/**
 * Keeps what no door takes, with what is wrong with it: it is never lost and never sent (SYNC/T014).
 * The same text again adds nothing.
 */
export function quarantine(
  { db }: Journal,
  { problems, eventId, received }: Refused,
  { atMs }: CaptureBatch,
): CaptureOutcome {
  const sha = sha256(received)
  const known = 'SELECT quarantine_id FROM quarantine WHERE received_sha = ? AND received = ?'
  const found = statement<number>(db, known).pluck().get(sha, received)
  if (found !== undefined) return { kind: 'quarantined', quarantineId: found, problems }
  const row = [eventId ?? null, JSON.stringify(problems), received, atMs, sha]
  const { lastInsertRowid } = statement(db, QUARANTINE).run(...row)
  return { kind: 'quarantined', quarantineId: Number(lastInsertRowid), problems }
}

/** The opt-out mode's decision, taken here at capture and audited either way (SYNC/C-008). */
export function dropIfAllowed(
  { db, mode }: Journal,
  judged: Judgement,
  { atMs }: CaptureBatch,
): CaptureOutcome | undefined {
  if (mode.retention === 'keep') return undefined
  const eventType = judged.eventType ?? 'unknown'
  const decision = discardDecision(mode, eventType)
  const text = judged.kind === 'admitted' ? judged.text : judged.received
  statement(
    db,
    `INSERT INTO discard_audit (event_id, event_type, decision, content_sha, at_ms) VALUES (?, ?, ?, ?, ?)`,
  ).run(
    judged.eventId ?? null,
    eventType,
    decision === 'discard' ? 'discarded' : 'discard-refused',
    sha256(text),
    atMs,
  )
  return decision === 'discard' ? { kind: 'discarded', eventType } : undefined
}
