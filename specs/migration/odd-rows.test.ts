import Database from 'better-sqlite3'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { envelopeText, eventId, queueRows, writeQueue } from '../../fixtures/cli/queues.ts'
import { cliWorld } from '../../fixtures/cli/world.ts'
import { journalPath } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'
import { rows } from './state.ts'

const SCOPED = join('queues', 'queue-0123456789abcdef.db')

type Value = bigint | number | string | Buffer

/** Adds a row as no generation of the program would, but as nothing keeps anybody from doing. */
function addRow(
  path: string,
  row: { id: number; second?: Value; type?: Value; data?: Value },
): void {
  const db = new Database(path)
  const { id, second = 1, type = 'X', data = envelopeText({ id: eventId(id), second: 1 }) } = row
  db.prepare('INSERT INTO queue (event_id, event_type, data, timestamp) VALUES (?, ?, ?, ?)').run(
    eventId(id),
    type,
    data,
    second,
  )
  db.close()
}

spec(
  ['SYNC/FR-013', 'SYNC/NFR-005'],
  'rows move whatever their time is: nanoseconds, far in the past, a fraction, a text',
  async () => {
    await using world = cliWorld()
    const path = join(world.home, 'queue.db')
    writeQueue(path, {})
    const seconds: Value[] = [
      -9_007_199_254_740_993n,
      -1,
      1.5,
      1_747_500_000_123_456_789n,
      1_747_500_000_123_456_790n,
      'yesterday',
      Buffer.from('1'),
    ]
    for (const [at, second] of seconds.entries()) addRow(path, { id: at, second })
    const { code, json } = await world.call('sync migrate --json')
    expect([code, json['imported']]).toEqual([0, seconds.length])
    expect(queueRows(path).events).toBe(0)
    const kept = rows(
      journalPath(world.home),
      "SELECT event_id, datetime(captured_at_ms / 1000, 'unixepoch') IS NOT NULL AS dated FROM events",
    )
    expect(kept).toEqual(seconds.map((_, at) => ({ event_id: eventId(at), dated: 1 })))
  },
)

/** What is not an event, and stays. */
const NO_EVENTS: Readonly<Record<string, { type?: Value; data?: Value }>> = {
  'whose type is not a text': { type: Buffer.from('X') },
  'with something behind its end': {
    data: `${envelopeText({ id: eventId(1), second: 1 })}\0garbage}`,
  },
}

for (const [name, odd] of Object.entries(NO_EVENTS))
  spec(
    ['SYNC/FR-013', 'BOUNDARY/FR-002'],
    `a row ${name} stays where it is, the others move`,
    async () => {
      await using world = cliWorld()
      const path = join(world.home, 'queue.db')
      writeQueue(path, { events: [{ id: eventId(2), second: 1 }] })
      addRow(path, { id: 1, ...odd })
      const { code, json } = await world.call('sync migrate --json')
      expect([code, json['imported']]).toEqual([0, 1])
      expect(json['sources']).toMatchObject([{ events: { imported: 1, unreadable: 1 } }])
      expect(queueRows(path).events).toBe(1)
    },
  )

/** What makes a source impossible to empty, seen only when it is tried. */
const STUBBORN: Readonly<Record<string, { sql: string; says: RegExp }>> = {
  'refuses to lose a row': {
    sql: `CREATE TRIGGER stays BEFORE DELETE ON queue BEGIN SELECT RAISE(ABORT, 'no'); END`,
    says: /hold what no queue holds/,
  },
  'hides a row from its order': {
    sql: `DROP INDEX idx_timestamp;
      CREATE INDEX idx_timestamp ON queue(timestamp) WHERE timestamp < 2;
      PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = 'CREATE INDEX idx_timestamp ON queue(timestamp)'
        WHERE name = 'idx_timestamp';`,
    says: /1 of its rows were found in their order, 2 are there/,
  },
}

for (const [name, { sql, says }] of Object.entries(STUBBORN))
  spec(
    ['SYNC/FR-013', 'SYNC/NFR-005'],
    `a source that ${name} keeps all of them, is named, and the others move`,
    async () => {
      await using world = cliWorld()
      const path = join(world.home, SCOPED)
      const events = [1, 2].map((id) => ({ id: eventId(id), second: id }))
      writeQueue(path, { events })
      new Database(path).unsafeMode(true).exec(sql).close()
      writeQueue(join(world.home, 'queue.db'), { events: [{ id: eventId(9), second: 1 }] })
      const { code, json } = await world.call('sync migrate --json')
      expect([code, json['imported']]).toEqual([1, 1])
      expect(json['sourceErrors']).toMatchObject([
        { path, problem: expect.stringMatching(says) as string },
      ])
      const left = rows(path, 'SELECT count(*) AS n FROM queue NOT INDEXED')
      expect(left).toEqual([{ n: 2 }])
    },
  )

spec(
  ['SYNC/FR-013', 'BOUNDARY/FR-009'],
  'a source whose last change was cut off: looking says what takes it back, and that works',
  async () => {
    await using world = cliWorld()
    const path = join(world.home, 'queue.db')
    const original = join(world.folder, 'original.db')
    writeQueue(original, { events: [{ id: eventId(1), second: 1 }] })
    const writer = new Database(original)
    writer.pragma('cache_size = 1')
    writer.exec('BEGIN')
    for (let id = 100; id < 300; id += 1)
      writer
        .prepare('INSERT INTO queue (event_id, event_type, data, timestamp) VALUES (?, ?, ?, 5)')
        .run(eventId(id), 'X', envelopeText({ id: eventId(id), second: 1 }))
    writeQueue(path, {})
    copyFileSync(original, path)
    copyFileSync(`${original}-journal`, `${path}-journal`)
    writer.close()
    const looked = await world.call('sync migrate --dry-run --json')
    expect(looked.json['sourceErrors']).toMatchObject([
      {
        problem: expect.stringContaining('cut off') as string,
        remedy: 'run: spec-kitty sync migrate',
      },
    ])
    const moved = await world.call('sync migrate --json')
    expect([moved.code, moved.json['imported']]).toEqual([0, 1])
  },
)

spec(
  ['SYNC/FR-013', 'SYNC/T059'],
  'a look foresees what two sources have in common, alike or not',
  async () => {
    await using world = cliWorld()
    const event = (id: number, note = ''): { id: string; note: string; second: number } => {
      return { id: eventId(id), note, second: id }
    }
    writeQueue(join(world.home, 'queue.db'), { events: [event(1), event(2), event(3, 'one')] })
    writeQueue(join(world.home, SCOPED), { events: [event(2), event(3, 'other'), event(4)] })
    const foreseen = await world.call('sync migrate --dry-run --json')
    const done = await world.call('sync migrate --json')
    for (const { json } of [foreseen, done])
      expect(json).toMatchObject({ imported: 4, deduplicated: 1, conflicts: 1 })
    expect([foreseen.code, done.code]).toEqual([1, 1])
  },
)
