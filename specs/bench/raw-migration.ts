import { migrate } from '../../packages/sync-engine/src/migration/migrate.ts'
import { registerStoredForm } from '../../packages/sync-engine/src/journal/stored-form.ts'
import { storedText } from '../../packages/sync-engine/src/queues/event-sql.ts'
import { openJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { DATABASES, foregroundAt, migrationSource, queuePaths, ROWS } from './migration-source.ts'
import { speedRatio } from './row.ts'

const ROUNDS = 7

/** What a raw statement puts into the columns that the journal derives from the text of an event. */
export interface RawValues {
  readonly occurredAt: string
  readonly producer: string
  readonly text: string
}

/** The text as it lies in the queue; nothing is looked at. */
export const AS_IT_LIES: RawValues = { occurredAt: "''", producer: "'unknown'", text: 'q.data' }

/** The very values that the journal holds in the end: local book-keeping removed, date and project read. */
export const AS_IT_IS_KEPT: RawValues = {
  occurredAt: "q.data ->> '$.timestamp'",
  producer: "q.data ->> '$.project_uuid'",
  // No field is given twice here, and a raw statement does not look for one.
  text: storedText('NULL'),
}

/**
 * The speed of a whole migration beside raw statements that fill the same tables with the same
 * indexes, durable, and do nothing else: no look at the content, no log, no clean-up of the sources.
 */
export async function migrationRatio(values: RawValues): Promise<number> {
  using source = migrationSource()
  const homes = { ours: '', raw: '' }
  return await speedRatio(
    ROUNDS,
    () => migrateAll(homes.ours),
    () => copyRaw(homes.raw, values),
    () => {
      homes.ours = source.freshHome('ours')
      homes.raw = source.freshHome('raw')
    },
  )
}

function migrateAll(home: string): void {
  const { imported, sources } = migrate(foregroundAt(home), { now: Date.now })
  if (imported !== ROWS || sources.length !== DATABASES) throw new Error('rows are missing')
}

function copyRaw(home: string, { occurredAt, producer, text }: RawValues): void {
  const { db, close } = openJournal({ home })
  registerStoredForm(db)
  for (const path of queuePaths(home)) {
    db.prepare('ATTACH ? AS source').run(path)
    db.exec(`BEGIN;
      INSERT OR IGNORE INTO events (event_id, event_type, occurred_at, captured_at_ms, producer,
        size_bytes, bytes_through, coalesce_key, envelope)
      SELECT event_id, event_type, ${occurredAt}, timestamp * 1000, ${producer}, length(data), 0,
        coalesce_key, ${text}
      FROM source.queue q ORDER BY timestamp, id;
      INSERT OR IGNORE INTO provenance (event_id, source, content_sha, recorded_at_ms)
      SELECT event_id, 'source', NULL, 0 FROM source.queue ORDER BY timestamp, id;
      COMMIT; DETACH source`)
  }
  close()
}
