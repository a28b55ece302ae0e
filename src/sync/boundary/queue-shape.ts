import type Database from 'better-sqlite3'

/** Databases of the field come in three generations; old columns are read under their old names. */
export type BodyShape = 'none' | 'feature' | 'mission'

export interface QueueShape {
  readonly hasQueue: boolean
  readonly hasCoalesceKey: boolean
  readonly bodies: BodyShape
  readonly failures: BodyShape
}

const EVENT_COLUMNS = ['id', 'event_id', 'event_type', 'data', 'timestamp'] as const

/** Detects the generation of each table by its columns. */
export function shapeOf(db: Database.Database, schema = 'main'): QueueShape {
  const queue = columnsOf(db, 'queue', schema)
  return {
    hasQueue: EVENT_COLUMNS.every((column) => queue.includes(column)),
    hasCoalesceKey: queue.includes('coalesce_key'),
    bodies: bodyShape(columnsOf(db, 'body_upload_queue', schema)),
    failures: bodyShape(columnsOf(db, 'body_upload_failure_log', schema)),
  }
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
