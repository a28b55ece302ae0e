import Database from 'better-sqlite3'
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { eventId, queueRows, writeQueue } from '../../fixtures/cli/queues.ts'
import { closedToOthers } from '../../fixtures/cli/ordinary-user.ts'
import { cliWorld, type CliWorld } from '../../fixtures/cli/world.ts'
import { spec } from '../spec.ts'

const BAD = join('queues', 'queue-0123456789abcdef.db')

/** What can be wrong with one source, and what must be said about it. */
const DAMAGES: Readonly<
  Record<string, { make: (path: string) => void; says: RegExp; remedy: RegExp }>
> = {
  truncated: {
    make: (path) => {
      writeQueue(path, {
        events: Array.from({ length: 200 }, (_, n) => ({ id: eventId(n), second: n })),
      })
      truncateSync(path, 8192)
    },
    says: /damaged/,
    remedy: /recover/,
  },
  'zero-length': {
    make: (path) => writeFileSync(path, ''),
    says: /empty \(0 bytes\)/,
    remedy: /rm /,
  },
  'encrypted-looking': {
    make: (path) => writeFileSync(path, Buffer.from('53b1'.repeat(4096), 'hex')),
    says: /not a SQLite database, or it is encrypted/,
    remedy: /^run: mv \S+ \S+\.unreadable/,
  },
  'wrong schema': {
    make: (path) => new Database(path).exec('CREATE TABLE queue (name TEXT)').close(),
    says: /wrong schema/,
    remedy: /^run: mv \S+ \S+\.unreadable/,
  },
  symlinked: {
    make: (path) => {
      writeQueue(`${path}.elsewhere`, { events: [{ id: eventId(50), second: 1 }] })
      symlinkSync(`${path}.elsewhere`, path)
    },
    says: /symbolic link/,
    remedy: /replace the link/,
  },
}

/** Migrates beside a sound source and expects that one to be taken. */
async function migrateBeside(
  world: CliWorld,
): Promise<{ problem: string; remedy: string; path: string }> {
  writeQueue(join(world.home, 'queue.db'), { events: [{ id: eventId(90), second: 1 }] })
  const finished = await world.call('sync migrate --json')
  expect(finished.code).toBe(1)
  expect(finished.json).toMatchObject({ imported: 1 })
  expect(queueRows(join(world.home, 'queue.db')).events).toBe(0)
  const [error] = finished.json['sourceErrors'] as {
    problem: string
    remedy: string
    path: string
  }[]
  return error!
}

for (const [name, { make, says, remedy }] of Object.entries(DAMAGES))
  spec(
    ['SYNC/FR-013', 'SYNC/NFR-005'],
    `a ${name} source is named with its remedy, left as it is, and holds up no other`,
    async () => {
      await using world = cliWorld()
      const path = join(world.home, BAD)
      mkdirSync(join(world.home, 'queues'), { recursive: true, mode: 0o700 })
      make(path)
      const before = readFileSync(path)
      const error = await migrateBeside(world)
      expect(error.path).toBe(path)
      expect(error.problem).toMatch(says)
      expect(error.remedy).toMatch(remedy)
      expect(readFileSync(path)).toEqual(before)
    },
  )

spec(
  ['SYNC/FR-013', 'SYNC/NFR-005'],
  'a locked source is named and left for the next run',
  async () => {
    await using world = cliWorld()
    const path = join(world.home, BAD)
    writeQueue(path, { events: [{ id: eventId(1), second: 1 }] })
    const other = new Database(path)
    other.exec('BEGIN EXCLUSIVE')
    const error = await migrateBeside(world)
    expect(error.problem).toMatch(/another program holds it/)
    other.close()
    expect((await world.call('sync migrate --json')).json).toMatchObject({
      imported: 1,
      sourceErrors: [],
    })
  },
)

spec(
  ['SYNC/FR-013', 'SYNC/NFR-005'],
  'a source that cannot be changed is named and left as it is, the others move',
  async ({ skip }) => {
    skip(closedToOthers() !== undefined, closedToOthers())
    await using world = cliWorld()
    const path = join(world.home, BAD)
    writeQueue(path, { events: [{ id: eventId(1), second: 1 }] })
    writeQueue(join(world.home, 'queue.db'), { events: [{ id: eventId(2), second: 1 }] })
    chmodSync(path, 0o400)
    const finished = await world.runAsOrdinaryUser('sync migrate --json')
    expect(finished.code).toBe(1)
    expect(finished.json).toMatchObject({ imported: 1, sourceErrors: [{ path }] })
    expect(JSON.stringify(finished.json['sourceErrors'])).toContain(`chmod u+rw ${path}`)
    expect(queueRows(path).events).toBe(1)
  },
)

spec(
  'SYNC/FR-013',
  'a row that holds no event stays and is counted, the rows beside it move',
  async () => {
    await using world = cliWorld()
    const path = join(world.home, 'queue.db')
    const strange = ['not json', '[]', '{"event_id": "another"}', '']
    writeQueue(path, {
      events: [
        ...strange.map((data, n) => ({ id: eventId(n), second: n, data })),
        { id: eventId(20), second: 20 },
      ],
    })
    const finished = await world.call('sync migrate --json')
    expect(finished.json).toMatchObject({ imported: 1, sources: [{ events: { unreadable: 4 } }] })
    expect(queueRows(path).events).toBe(4)
  },
)

spec(
  'SYNC/FR-013',
  'the remedy of status for an unreadable source ends the complaint',
  async () => {
    await using world = cliWorld()
    mkdirSync(join(world.home, 'queues'), { recursive: true, mode: 0o700 })
    writeFileSync(join(world.home, BAD), 'no database')
    const env = { SPEC_KITTY_ENABLE_SAAS_SYNC: '0' }
    const status = await world.call('sync status --check --json', env)
    expect(status.code).toBe(2)
    const findings = status.json['findings'] as { remedy: string }[]
    expect(findings.map(({ remedy }) => remedy).join()).toContain(`mv ${join(world.home, BAD)} `)
    rmSync(join(world.home, BAD))
    expect((await world.call('sync status --check --json', env)).code).toBe(0)
  },
)
