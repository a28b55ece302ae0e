import Database from 'better-sqlite3'
import { join } from 'node:path'
import { temporaryHome, temporaryJournal } from '../../fixtures/engine/home.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import type { Synchronous } from '../../packages/sync-engine/src/journal/database.ts'
import type { EventEnvelope } from '../../packages/batch-contract/src/index.ts'
import { SCHEMA } from '../../packages/sync-engine/src/journal/schema.ts'
import { kilobyteEvents } from './events.ts'
import { speedRatio } from './row.ts'

export interface AppendRun {
  readonly synchronous: Synchronous
  /** Events per transaction. */
  readonly perCommit: number
  readonly commits: number
  readonly rounds: number
}

/**
 * Captures beside bare better-sqlite3: the same events written as JSON and inserted into the same
 * schema with the same indexes at the same synchronous level. Ours also validates every event, looks
 * for retired names and for something to coalesce with, and keeps the running size.
 */
export async function appendRatio(run: AppendRun): Promise<number> {
  using world = temporaryJournal({ synchronous: run.synchronous })
  using folder = temporaryHome()
  const raw = openRaw(join(folder.home, 'raw.db'), run.synchronous)
  const batches = (): EventEnvelope[][] =>
    Array.from({ length: run.commits }, () => kilobyteEvents(run.perCommit))
  const prepared = { ours: batches(), theirs: batches() }
  const ours = (): void => {
    for (const events of prepared.ours) capture(world.journal, events)
  }
  const theirs = (): void => {
    for (const events of prepared.theirs) raw.append(events)
  }
  ours()
  theirs()
  const ratios = await speedRatio(run.rounds, ours, theirs, () => {
    prepared.ours = batches()
    prepared.theirs = batches()
  })
  raw.close()
  return ratios
}

interface RawStore {
  readonly append: (events: readonly EventEnvelope[]) => void
  readonly close: () => void
}

function openRaw(path: string, synchronous: Synchronous): RawStore {
  const db = new Database(path)
  db.pragma('journal_mode = WAL')
  db.pragma(`synchronous = ${synchronous}`)
  db.pragma('wal_autocheckpoint = 4000')
  db.pragma('cache_size = -32000')
  db.exec(SCHEMA)
  const insert = db.prepare(
    `INSERT INTO events (event_id, event_type, occurred_at, captured_at_ms, producer, size_bytes, bytes_through, envelope)
     VALUES (?, ?, ?, 0, ?, ?, 0, ?)`,
  )
  const append = (event: EventEnvelope): void => {
    const text = JSON.stringify(event)
    const { event_id, event_type, timestamp, project_uuid } = event
    insert.run(event_id, event_type, timestamp, project_uuid, Buffer.byteLength(text), text)
  }
  const appendMany = db.transaction((events: readonly EventEnvelope[]) => events.forEach(append))
  return {
    append: (events) => {
      if (events.length > 1) appendMany.immediate(events)
      else events.forEach(append)
    },
    close: () => void db.close(),
  }
}
