import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SqlDatabase } from '../base/sqlite.ts'

/** The last position that was ever captured, and the journal that it is one of. */
export interface HighWater {
  readonly journalId: string
  readonly seq: number
}

/**
 * What the journal had, in a file of its own: a journal whose log was lost, or in whose place an older
 * copy was put, looks sound in itself. It is written after a commit and not flushed, so it may say less
 * than the journal has after a power cut, never more.
 */
export function highWaterPath(journalPath: string): string {
  return join(dirname(journalPath), 'high-water')
}

const FORM = /^([0-9a-f-]{36}) (\d{16})\n/

export function readHighWater(journalPath: string): HighWater | undefined {
  try {
    const file = openSync(highWaterPath(journalPath), 'r')
    try {
      const buffer = Buffer.alloc(64)
      const text = buffer.toString('latin1', 0, readSync(file, buffer, 0, 64, 0))
      const [, journalId, seq] = FORM.exec(text) ?? []
      return journalId === undefined ? undefined : { journalId, seq: Number(seq) }
    } finally {
      closeSync(file)
    }
  } catch {
    // Without the file, nothing is known about the past.
    return undefined
  }
}

/** Notes positions as they are captured; a disk without room for it does not make a capture fail. */
export class HighWaterMark implements Disposable {
  readonly #path: string
  readonly #db: SqlDatabase
  #file: number | undefined
  #journalId = ''

  constructor(journalPath: string, db: SqlDatabase) {
    this.#path = highWaterPath(journalPath)
    this.#db = db
  }

  /** To be called once what it names is committed. */
  note(seq: number): void {
    try {
      if (this.#file === undefined) {
        this.#journalId = String(this.#db.prepare(ID).pluck().get())
        this.#file = openSync(this.#path, 'a+', 0o600)
        closeSync(this.#file)
        this.#file = openSync(this.#path, 'r+')
      }
      writeSync(this.#file, `${this.#journalId} ${String(seq).padStart(16, '0')}\n`, 0, 'latin1')
    } catch {
      // What cannot be noted cannot be missed later; the event itself is stored.
    }
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}

const ID = 'SELECT journal_id FROM journal_state'

/** Positions that a journal had and has no more; undefined if it has them all. */
export interface Lost {
  readonly from: number
  readonly to: number
}

/** Compares what a journal has with what it is known to have had. Reads only. */
export function lostNow(db: SqlDatabase, journalPath: string): Lost | undefined {
  const mark = readHighWater(journalPath)
  if (mark === undefined || db.prepare(ID).pluck().get() !== mark.journalId) return undefined
  const last = Number(db.prepare('SELECT coalesce(max(seq), 0) FROM events').pluck().get())
  return mark.seq > last ? { from: last + 1, to: mark.seq } : undefined
}

/** What was lost and nobody has seen to yet: noted by an earlier command, or found just now. */
export function lostEvents(db: SqlDatabase, journalPath: string): Lost | undefined {
  const noted = db
    .prepare(
      `SELECT detail FROM incidents WHERE kind = 'events-lost' AND seen_at_ms IS NULL
       ORDER BY incident_id LIMIT 1`,
    )
    .pluck()
    .get()
  const [from, to] = typeof noted === 'string' ? noted.split('-').map(Number) : []
  if (from !== undefined && to !== undefined) return { from, to }
  return lostNow(db, journalPath)
}

/** Keeps the loss in the journal, because the next capture takes the first of the lost positions. */
export function noteLost(db: SqlDatabase, journalPath: string, now: () => number): void {
  const lost = lostNow(db, journalPath)
  if (lost === undefined) return
  const insert = `INSERT INTO incidents (kind, detail, at_ms)
    SELECT 'events-lost', @detail, @at WHERE NOT EXISTS (
      SELECT 1 FROM incidents WHERE kind = 'events-lost' AND detail = @detail AND seen_at_ms IS NULL)`
  db.prepare(insert).run({ detail: `${lost.from}-${lost.to}`, at: now() })
  using mark = new HighWaterMark(journalPath, db)
  mark.note(lost.from - 1)
}

/** The sentence for a reader. */
export function lostText({ from, to }: Lost): string {
  return `events ${from} to ${to} were captured and are not in the journal: its log was lost, or an older copy was put in its place`
}
