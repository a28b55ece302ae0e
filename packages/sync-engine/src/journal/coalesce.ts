import type { SqlDatabase } from '../base/sqlite.ts'
import { statement } from './statements.ts'

export interface NewcomerEvent {
  readonly seq: number
  readonly eventId: string
  readonly key: string
  readonly occurredAt: string
  readonly atMs: number
}

interface Earlier {
  readonly seq: number
  readonly event_id: string
  readonly occurred_at: string
}

/**
 * Lets a stored event take the place of the newest earlier one with its key. One that was never
 * claimed for any target is collapsed: its row goes, a note stays. One that was ever claimed may be on
 * a server, so it stays byte for byte and is only marked (SYNC/FR-011, SYNC/T046, SYNC/T047).
 * @returns the id of the collapsed event, undefined if none was
 */
export function collapseEarlier(db: SqlDatabase, newcomer: NewcomerEvent): string | undefined {
  const earlier = newestEarlier(db, newcomer)
  if (earlier === undefined || isLater(earlier.occurred_at, newcomer.occurredAt)) return undefined
  const collapses = earlier.seq > claimedThrough(db)
  note(db, earlier, newcomer, collapses ? 'collapsed' : 'marked')
  if (!collapses) return undefined
  statement(db, 'DELETE FROM events WHERE seq = ?').run(earlier.seq)
  return earlier.event_id
}

function newestEarlier(db: SqlDatabase, { key, seq }: NewcomerEvent): Earlier | undefined {
  return statement<Earlier>(
    db,
    `SELECT seq, event_id, occurred_at FROM events
     WHERE coalesce_key = ? AND seq < ? ORDER BY seq DESC LIMIT 1`,
  ).get(key, seq)
}

/** An import may bring an older state after a newer one; it must not replace it. */
function isLater(one: string, other: string): boolean {
  return Date.parse(one) > Date.parse(other)
}

/** Everything up to here was claimed for some target at some time; it only ever grows. */
export function claimedThrough(db: SqlDatabase): number {
  return Number(statement(db, 'SELECT claimed_through FROM journal_state').pluck().get())
}

function note(
  db: SqlDatabase,
  earlier: Earlier,
  { eventId, key, atMs }: NewcomerEvent,
  kind: 'collapsed' | 'marked',
): void {
  statement(
    db,
    `INSERT OR IGNORE INTO superseded (seq, event_id, by_event_id, kind, coalesce_key, at_ms)
     VALUES (?, ?, ?, ?, ?, ?)`,
  ).run(earlier.seq, earlier.event_id, eventId, kind, key, atMs)
}
