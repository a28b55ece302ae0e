import Database from 'better-sqlite3'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { envelopeText, eventId, queueRows, writeQueue } from '../../fixtures/cli/queues.ts'
import { cliWorld } from '../../fixtures/cli/world.ts'
import { spec } from '../spec.ts'

const ODD = join('queues', 'queue-0123456789abcdef.db')

interface Row {
  readonly id: number
  readonly note?: string
  readonly second: number | null
}

/** Tables that look like a queue and promise less, each with what would be lost by trusting it. */
const TABLES: Readonly<Record<string, { columns: string; rows: readonly Row[] }>> = {
  'lets a row be without a place': {
    columns: 'id INTEGER PRIMARY KEY, event_id TEXT UNIQUE NOT NULL, timestamp INTEGER',
    rows: [
      { id: 1, second: 1 },
      { id: 2, second: null },
    ],
  },
  'lets an event be there twice': {
    columns: 'id INTEGER PRIMARY KEY, event_id TEXT NOT NULL, timestamp INTEGER NOT NULL',
    rows: [
      { id: 1, second: 1, note: 'one' },
      { id: 1, second: 2, note: 'two' },
    ],
  },
  'has no numbers of its rows': {
    columns: 'id INTEGER, event_id TEXT UNIQUE NOT NULL, timestamp INTEGER NOT NULL',
    rows: [
      { id: 1, second: 1 },
      { id: 2, second: 1 },
    ],
  },
}

function writeTable(path: string, columns: string, rows: readonly Row[]): void {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 })
  const db = new Database(path)
  db.exec(`CREATE TABLE queue (${columns}, event_type TEXT NOT NULL, data TEXT NOT NULL)`)
  const insert = db.prepare(
    "INSERT INTO queue (event_id, timestamp, event_type, data) VALUES (?, ?, 'X', ?)",
  )
  for (const { id, note = '', second } of rows)
    insert.run(eventId(id), second, envelopeText({ id: eventId(id), note, second: 1 }))
  db.close()
}

for (const [name, { columns, rows }] of Object.entries(TABLES))
  spec(
    ['SYNC/FR-013', 'SYNC/FR-018', 'BOUNDARY/D-1'],
    `a table that ${name} is no queue: none of its rows is taken, none is lost, the others move`,
    async () => {
      await using world = cliWorld()
      writeTable(join(world.home, ODD), columns, rows)
      writeQueue(join(world.home, 'queue.db'), { events: [{ id: eventId(9), second: 1 }] })
      const before = readFileSync(join(world.home, ODD))
      const { code, json } = await world.call('sync migrate --json')
      expect([code, json['imported']]).toEqual([1, 1])
      expect(json['sourceErrors']).toMatchObject([
        {
          path: join(world.home, ODD),
          problem: expect.stringContaining('wrong schema') as string,
          remedy: expect.stringMatching(/^run: mv \S+ \S+\.unreadable$/) as string,
        },
      ])
      expect(readFileSync(join(world.home, ODD))).toEqual(before)
      expect(queueRows(join(world.home, 'queue.db')).events).toBe(0)
    },
  )

spec(
  'SYNC/FR-013',
  'a link in the place of the legacy queue that leads nowhere is named as any other link',
  async () => {
    await using world = cliWorld()
    mkdirSync(world.home, { mode: 0o700 })
    symlinkSync(join(world.folder, 'nothing.db'), join(world.home, 'queue.db'))
    const { code, json } = await world.call('sync migrate --json')
    expect(code).toBe(1)
    expect(json['sourceErrors']).toMatchObject([
      {
        path: join(world.home, 'queue.db'),
        problem: expect.stringContaining('symbolic link') as string,
      },
    ])
  },
)
