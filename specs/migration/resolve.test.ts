import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { eventId, queueRows, writeQueue } from '../../fixtures/cli/queues.ts'
import { cliWorld, loggedInWorld, type CliWorld } from '../../fixtures/cli/world.ts'
import { recount } from '../../packages/sync-engine/src/delivery/recount.ts'
import { journalPath, readJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'
import { rows } from './state.ts'

const SCOPED = join('queues', 'queue-0123456789abcdef.db')
const OTHER = join('queues', 'queue-fedcba9876543210.db')

/** Two databases that disagree about `count` events. */
function disagree(world: CliWorld, count: number): void {
  const events = (note: string) =>
    Array.from({ length: count }, (_, n) => ({ id: eventId(n), second: n, note }))
  writeQueue(join(world.home, 'queue.db'), { events: events('existing') })
  writeQueue(join(world.home, SCOPED), { events: events('incoming') })
}

function reasons(world: CliWorld): unknown[] {
  return rows(
    journalPath(world.home),
    `SELECT envelope ->> '$.payload.reason' AS reason, count(*) AS count FROM events GROUP BY 1`,
  )
}

/** Every counter still says the truth. */
function expectTrueCounts(world: CliWorld): void {
  const journal = readJournal({ home: world.home })
  expect(recount(journal)).toEqual([])
  journal.close()
}

spec(
  ['SYNC/FR-018', 'SYNC/T060'],
  'keep-existing decides 986 divergent events with one command and frees their source',
  async () => {
    await using world = cliWorld()
    disagree(world, 986)
    expect((await world.call('sync migrate --json')).json).toMatchObject({ conflicts: 986 })
    const finished = await world.call('sync migrate --resolve keep-existing --all --json')
    expect(finished.json).toMatchObject({ conflicts: 0, resolved: { resolved: 986 } })
    expect(finished.code).toBe(0)
    expect(queueRows(join(world.home, SCOPED)).events).toBe(0)
    expect(reasons(world)).toEqual([{ reason: 'existing', count: 986 }])
    const conflicts = rows(journalPath(world.home), 'SELECT incoming FROM conflicts')
    expect(conflicts).toHaveLength(986)
  },
)

spec(
  ['SYNC/FR-018', 'SYNC/T061'],
  'take-incoming lets the other version take its place under the same id, newest event included',
  async () => {
    await using world = cliWorld()
    disagree(world, 20)
    await world.call('sync migrate')
    const finished = await world.call('sync migrate --resolve take-incoming --all --json')
    expect(finished.json).toMatchObject({
      conflicts: 0,
      resolved: { resolved: 20, refusedCount: 0 },
    })
    expect(reasons(world)).toEqual([{ reason: 'incoming', count: 20 }])
    const ids = rows(journalPath(world.home), 'SELECT event_id FROM events ORDER BY seq') as {
      event_id: string
    }[]
    expect(ids.map((row) => row.event_id)).toEqual(Array.from({ length: 20 }, (_, n) => eventId(n)))
    expectTrueCounts(world)
    expect(queueRows(join(world.home, SCOPED)).events).toBe(0)
  },
)

spec('SYNC/FR-018', 'one event is decided by its id, the others wait', async () => {
  await using world = cliWorld()
  disagree(world, 3)
  await world.call('sync migrate')
  const one = await world.call(`sync migrate --resolve take-incoming --event ${eventId(1)} --json`)
  expect(one.json).toMatchObject({ conflicts: 2, resolved: { resolved: 1 } })
  expect(one.code).toBe(1)
  expect(queueRows(join(world.home, SCOPED)).events).toBe(3)
  expectTrueCounts(world)
})

spec('SYNC/FR-018', 'every decision leaves a line of audit', async () => {
  await using world = cliWorld()
  disagree(world, 2)
  await world.call('sync migrate')
  await world.call('sync migrate --resolve keep-existing --all')
  const log = readFileSync(join(world.home, 'logs', 'migration.log'), 'utf8')
  expect(log).toContain('"audit":"conflicts-resolved","decision":"keep-existing","event":"all"')
  expect(rows(journalPath(world.home), 'SELECT DISTINCT resolution FROM conflicts')).toEqual([
    { resolution: 'kept-existing' },
  ])
})

spec(
  ['SYNC/FR-011', 'SYNC/FR-018'],
  'an event that was delivered cannot take other content; keep-existing still decides it',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    writeQueue(join(world.home, 'queue.db'), {
      events: [{ id: eventId(1), second: 1, note: 'existing' }],
    })
    await world.call('sync now')
    writeQueue(join(world.home, SCOPED), {
      events: [{ id: eventId(1), second: 1, note: 'incoming' }],
    })
    await world.call('sync migrate')
    const take = await world.call('sync migrate --resolve take-incoming --all --json')
    expect(take.json).toMatchObject({ conflicts: 1, resolved: { resolved: 0, refusedCount: 1 } })
    expect(reasons(world)).toEqual([{ reason: 'existing', count: 1 }])
    const keep = await world.call('sync migrate --resolve keep-existing --all --json')
    expect(keep.json).toMatchObject({ conflicts: 0 })
  },
)

spec(
  'SYNC/FR-018',
  'where two sources disagree among themselves, the one to take has to be named',
  async () => {
    await using world = cliWorld()
    const event = { id: eventId(1), second: 1 }
    writeQueue(join(world.home, 'queue.db'), { events: [{ ...event, note: 'one' }] })
    writeQueue(join(world.home, SCOPED), { events: [{ ...event, note: 'two' }] })
    writeQueue(join(world.home, OTHER), { events: [{ ...event, note: 'three' }] })
    await world.call('sync migrate')
    const all = await world.call('sync migrate --resolve take-incoming --all')
    expect(all.out).toContain('name one with --source')
    const named = await world.call(
      'sync migrate --resolve take-incoming --all --source fedcba9876543210 --json',
    )
    expect(named.json).toMatchObject({ resolved: { resolved: 1 } })
    expect(reasons(world)).toEqual([{ reason: 'three', count: 1 }])
  },
)

spec(
  'SYNC/FR-018',
  'a decision about nothing is refused, and so is one that names nothing',
  async () => {
    await using world = cliWorld()
    const nothing = await world.call('sync migrate --resolve keep-existing --all --json')
    expect([nothing.code, nothing.json['error_code']]).toEqual([2, 'unknown-conflict'])
    expect((await world.call('sync migrate --resolve keep-existing')).code).toBe(64)
  },
)

spec(
  'SYNC/FR-018',
  'a dry run never decides: asked for both, the command does neither',
  async () => {
    await using world = cliWorld()
    disagree(world, 2)
    await world.call('sync migrate')
    const both = await world.call('sync migrate --resolve take-incoming --all --dry-run')
    expect([both.code, both.err]).toEqual([
      64,
      expect.stringContaining('--dry-run decides nothing'),
    ])
    expect((await world.call('sync migrate --dry-run --json')).json).toMatchObject({ conflicts: 2 })
    expect(reasons(world)).toEqual([{ reason: 'existing', count: 2 }])
  },
)
