import Database from 'better-sqlite3'
import { join } from 'node:path'
import { migrate } from '../../../packages/sync-engine/src/migration/migrate.ts'
import { canonicalJson } from '../../../packages/batch-contract/src/canonical.ts'
import { foregroundAt, migrationSource, queuePaths, ROWS } from '../migration-source.ts'
import { median, timed, type BenchRow } from '../row.ts'

const ROUNDS = 3
/** The slow way is measured on so many rows and scaled: it costs the same for each of them. */
const SAMPLE = 100

const JOURNAL = `
CREATE TABLE IF NOT EXISTS event_journal (
  event_id TEXT PRIMARY KEY, event_type TEXT NOT NULL, payload BLOB NOT NULL,
  occurred_at TEXT NOT NULL, created_at TEXT NOT NULL, coalesce_key TEXT, archived_at TEXT,
  drain_blocked_reason TEXT);
CREATE INDEX IF NOT EXISTS by_key ON event_journal (coalesce_key, created_at);
CREATE INDEX IF NOT EXISTS by_type ON event_journal (event_type, created_at);
CREATE TABLE IF NOT EXISTS migration_provenance (
  event_id TEXT, source_digest TEXT, payload_sha TEXT, PRIMARY KEY (event_id, source_digest));`

interface Queued {
  readonly event_id: string
  readonly event_type: string
  readonly data: string
}

/** One operation of the original: a connection of its own, one statement, committed by itself. */
function operation(path: string, sql: string, values: readonly unknown[]): void {
  const db = new Database(path)
  db.pragma('journal_mode = WAL')
  const statement = db.prepare(sql)
  if (statement.reader) statement.get(...values)
  else statement.run(...values)
  db.close()
}

/** The documented way: row by row, look it up, append it, note where it came from. */
function moveRowByRow(home: string): void {
  const path = join(home, 'original-journal.db')
  new Database(path).exec(JOURNAL).close()
  const source = new Database(queuePaths(home)[0], { readonly: true })
  const rows = source.prepare<[number], Queued>(
    'SELECT * FROM queue ORDER BY timestamp, id LIMIT ?',
  )
  for (const { event_id, event_type, data } of rows.all(SAMPLE)) {
    const payload = canonicalJson(data)
    operation(path, 'SELECT payload FROM event_journal WHERE event_id = ?', [event_id])
    operation(
      path,
      'INSERT OR IGNORE INTO event_journal (event_id, event_type, payload, occurred_at, created_at) VALUES (?, ?, ?, ?, ?)',
      [event_id, event_type, payload, '', ''],
    )
    operation(path, 'INSERT OR IGNORE INTO migration_provenance VALUES (?, ?, ?)', [
      event_id,
      'legacy',
      '',
    ])
  }
  source.close()
}

export const row: BenchRow = {
  name: `the same rows one at a time with a connection per operation (${SAMPLE} rows, scaled)`,
  unit: 'times as fast',
  bar: { atLeast: 20 },
  measure: async () => {
    using source = migrationSource()
    const ratios: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const home = source.freshHome('home')
      const slowMs = await timed(() => moveRowByRow(home))
      const oursMs = await timed(() => migrate(foregroundAt(home), { now: Date.now }))
      ratios.push(slowMs / SAMPLE / (oursMs / ROWS))
    }
    return median(ratios)
  },
}
