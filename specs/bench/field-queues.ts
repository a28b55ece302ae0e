import Database from 'better-sqlite3'
import { join } from 'node:path'
import { envelopeText, writeQueue } from '../../fixtures/cli/queues.ts'

export interface FieldQueue {
  /** 0 is the legacy database, every other number a scoped one. */
  readonly number: number
  readonly rows: number
  /** Number of the first event; two databases with the same numbers hold the same ids. */
  readonly firstId: number
  /** Part of every payload; the same ids with other notes diverge. */
  readonly note?: string
}

/** The path of a queue database below a home. */
export function queuePath(home: string, number: number): string {
  const digest = number.toString(16).padStart(16, '0')
  return join(home, number === 0 ? 'queue.db' : `queues/queue-${digest}.db`)
}

/** Writes a queue database of many events, as large as those of the field, by one statement. */
export function writeFieldQueue(home: string, queue: FieldQueue): void {
  const path = queuePath(home, queue.number)
  writeQueue(path, {})
  const db = new Database(path)
  const template = envelopeText({ id: '@', second: 0, note: queue.note ?? '' })
  db.prepare(
    `WITH RECURSIVE n (at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM n WHERE at + 1 < @rows)
     INSERT INTO queue (event_id, event_type, data, timestamp)
     SELECT printf('01JV%022d', @firstId + at), 'WPStatusChanged',
       replace(@template, '@', printf('01JV%022d', @firstId + at)), 1750000000 + at / 10 FROM n`,
  ).run({ rows: queue.rows, firstId: queue.firstId, template })
  db.close()
}
