import { migrate } from '../../../src/sync/boundary/migration/migrate.ts'
import { openJournal } from '../../../src/sync/journal/journal.ts'
import { DATABASES, foregroundAt, migrationSource, queuePaths, ROWS } from '../migration-source.ts'
import { speedRatio, type BenchRow } from '../row.ts'

const ROUNDS = 5

/** What no migration can do without: the rows in the same tables with the same indexes, durable. */
function copyRaw(home: string): void {
  const { db, close } = openJournal({ home })
  for (const path of queuePaths(home)) {
    db.prepare('ATTACH ? AS source').run(path)
    db.exec(`BEGIN;
      INSERT OR IGNORE INTO events (event_id, event_type, occurred_at, captured_at_ms, producer,
        size_bytes, bytes_through, coalesce_key, envelope)
      SELECT event_id, event_type, '', timestamp, 'unknown', length(data), 0, coalesce_key, data
      FROM source.queue ORDER BY timestamp, id;
      INSERT OR IGNORE INTO provenance (event_id, source, content_sha, recorded_at_ms)
      SELECT event_id, 'source', NULL, 0 FROM source.queue ORDER BY timestamp, id;
      COMMIT; DETACH source`)
  }
  close()
}

export const row: BenchRow = {
  name: 'migrate 100 k rows from 5 databases beside raw INSERT OR IGNORE … SELECT, same tables and indexes',
  unit: 'of its speed',
  bar: { atLeast: 0.8 },
  measure: async () => {
    using source = migrationSource()
    const homes = { ours: '', raw: '' }
    const ours = (): void => {
      const { imported, sources } = migrate(foregroundAt(homes.ours), { now: Date.now })
      if (imported !== ROWS || sources.length !== DATABASES) throw new Error('rows are missing')
    }
    return await speedRatio(
      ROUNDS,
      ours,
      () => copyRaw(homes.raw),
      () => {
        homes.ours = source.freshHome('ours')
        homes.raw = source.freshHome('raw')
      },
    )
  },
}
