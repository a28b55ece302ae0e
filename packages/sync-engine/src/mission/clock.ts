import { createHash } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { makePrivate, naming } from '../base/sqlite.ts'
import { privateFolder } from '../home/home.ts'

export interface Tick {
  readonly nodeId: string
  readonly lamportClock: number
}

/**
 * Takes the next `count` values of the machine's logical clock and returns the first. It lives in
 * SQLite, not in a JSON file, so that two processes never issue the same value.
 */
export function tick(home: string, count: number): Tick {
  const path = join(privateFolder(home), 'clock.db')
  return naming(path, () => tickIn(path, count))
}

function tickIn(path: string, count: number): Tick {
  makePrivate(path)
  const db = new Database(path, { timeout: 2_000 })
  try {
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = NORMAL')
    db.exec(
      'CREATE TABLE IF NOT EXISTS clock (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL) STRICT',
    )
    const next = db.prepare<[number], { value: number }>(
      `INSERT INTO clock (one, value) VALUES (1, ?)
       ON CONFLICT (one) DO UPDATE SET value = value + excluded.value RETURNING value`,
    )
    return { nodeId: nodeId(), lamportClock: (next.get(count)?.value ?? count) - count + 1 }
  } finally {
    db.close()
  }
}

/** Names the machine and user without telling them. */
function nodeId(): string {
  return createHash('sha256')
    .update(`${hostname()}:${userInfo().username}`)
    .digest('hex')
    .slice(0, 12)
}
