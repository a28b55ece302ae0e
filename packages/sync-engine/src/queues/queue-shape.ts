import type Database from 'better-sqlite3'

/** The seven texts that name one document of one mission; together they are its stable key. */
export const BODY_KEY = [
  'project_uuid',
  'mission_slug',
  'target_branch',
  'mission_type',
  'manifest_version',
  'artifact_path',
  'content_hash',
] as const

/** Databases of the field come in three generations; old columns are read under their old names. */
export type BodyShape = 'none' | 'feature' | 'mission'

export interface QueueShape {
  readonly hasQueue: boolean
  readonly hasCoalesceKey: boolean
  readonly bodies: BodyShape
  readonly failures: BodyShape
}

const EVENT_COLUMNS = ['event_id', 'event_type', 'data', 'timestamp'] as const

/** Detects the generation of each table by its columns. */
export function shapeOf(db: Database.Database, schema = 'main'): QueueShape {
  const queue = columnsOf(db, 'queue', schema)
  return {
    hasQueue: isEventTable(db, schema),
    hasCoalesceKey: queue.includes('coalesce_key'),
    bodies: bodyShape(columnsOf(db, 'body_upload_queue', schema)),
    failures: bodyShape(columnsOf(db, 'body_upload_failure_log', schema)),
  }
}

const EVENT_TABLE = `
  SELECT (SELECT count(*) FROM pragma_table_info('queue', @schema)
      WHERE name IN (SELECT value FROM json_each(@columns)) AND "notnull" = 1) = @wanted
    AND EXISTS (SELECT 1 FROM pragma_table_info('queue', @schema)
      WHERE name = 'id' AND pk = 1 AND upper(type) = 'INTEGER')
    AND EXISTS (SELECT 1 FROM pragma_index_list('queue', @schema) AS i
      WHERE i."unique" = 1 AND i.partial = 0
        AND (SELECT group_concat(name) FROM pragma_index_info(i.name, @schema)) = 'event_id')`

/**
 * Whether `queue` is bound to what every generation of it promises: each row has a place in the order,
 * and an event is there once. Where it is not, a row without a place or a second version of an event
 * would be passed over by the copy and taken by the clean-up.
 */
function isEventTable(db: Database.Database, schema: string): boolean {
  const wanted = { schema, columns: JSON.stringify(EVENT_COLUMNS), wanted: EVENT_COLUMNS.length }
  return db.prepare<typeof wanted, number>(EVENT_TABLE).pluck().get(wanted) === 1
}

function bodyShape(columns: readonly string[]): BodyShape {
  if (columns.includes('mission_slug')) return 'mission'
  return columns.includes('feature_slug') ? 'feature' : 'none'
}

/** One word per generation, as the migration report prints it. */
export function shapeName(shape: QueueShape): string {
  if (shape.bodies === 'feature' || shape.failures === 'feature') return 'feature-columns'
  return shape.hasQueue && !shape.hasCoalesceKey ? 'no-coalesce-key' : 'current'
}

export function columnsOf(db: Database.Database, table: string, schema = 'main'): string[] {
  return db
    .prepare<[string, string], string>('SELECT name FROM pragma_table_info(?, ?)')
    .pluck()
    .all(table, schema)
}

export function isTable(db: Database.Database, table: string): boolean {
  return columnsOf(db, table).length > 0
}
