import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { userName } from '../base/user-name.ts'
import { makePrivate, naming } from '../base/sqlite.ts'
import { privateFolder } from '../home/home.ts'

export interface Tick {
  readonly nodeId: string
  readonly lamportClock: number
}

/** What the journal tells about clocks: an event is later than all that were there before it. */
export interface HeardClocks {
  /** Of the newest event; asked every time. */
  readonly newest: () => number
  /** Of all events; asked where the clock begins anew, because its file was lost. */
  readonly highest: () => number
}

/**
 * Takes the next `count` values of the machine's logical clock and returns the first. It lives in
 * SQLite, not in a JSON file, so that two processes never issue the same value. A clock that was lost, or
 * in whose place an older one was put, goes on behind what the journal has.
 */
export function tick(home: string, count: number, heard: HeardClocks): Tick {
  const path = join(privateFolder(home), 'clock.db')
  return naming(path, () => tickIn(path, count, heard))
}

const NEXT = `
  INSERT INTO clock (one, value) VALUES (1, @heard + @count)
  ON CONFLICT (one) DO UPDATE SET value = max(value, @heard) + @count RETURNING value`

function tickIn(path: string, count: number, heard: HeardClocks): Tick {
  makePrivate(path)
  const db = new Database(path, { timeout: 2_000 })
  try {
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = NORMAL')
    db.exec(
      'CREATE TABLE IF NOT EXISTS clock (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL) STRICT',
    )
    const isBegun = db.prepare('SELECT 1 FROM clock').get() !== undefined
    const parameters = { count, heard: isBegun ? heard.newest() : heard.highest() }
    const value = Number(db.prepare(NEXT).pluck().get(parameters))
    return { nodeId: nodeId(), lamportClock: value - count + 1 }
  } finally {
    db.close()
  }
}

/** Names the machine and user without telling them. */
function nodeId(): string {
  return createHash('sha256').update(`${hostname()}:${userName()}`).digest('hex').slice(0, 12)
}
