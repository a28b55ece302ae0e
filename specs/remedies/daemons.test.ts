import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { eventId } from '../../fixtures/cli/queues.ts'
import { loggedInWorld, type LoggedInWorld, type Variables } from '../../fixtures/cli/world.ts'
import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import {
  removeOwner,
  writeOwner,
  type OwnerRecord,
} from '../../packages/sync-engine/src/context/owner.ts'
import { orderDaemon } from '../../packages/sync-engine/src/daemon/client.ts'
import { eventually, ownerOf } from '../daemon/watching.ts'
import { spec } from '../spec.ts'
import { remedyEnds, type State } from './state.ts'
import { remediesIn, shellIn } from './typing.ts'

const OFF = (): Variables => ({ SPEC_KITTY_ENABLE_SAAS_SYNC: '0' })

async function otherVersionRuns(world: LoggedInWorld): Promise<void> {
  await world.call('sync daemon start', { SPEC_KITTY_DAEMON_TICK_MS: '60000' })
  writeOwner(homePaths(world.home).owner, { ...ownerOf(world), package_version: '3.2.0rc9' })
}

/** An event that happened an hour ago: what waits that long should have been delivered. */
async function importFromEarlier(world: LoggedInWorld): Promise<void> {
  const { events } = (await world.call('sync journal list --json --limit 1')).json as {
    events: { envelope: object }[]
  }
  const timestamp = new Date(Date.now() - 3_600_000).toISOString()
  const file = join(world.folder, 'earlier.jsonl')
  const event = { ...events[0]!.envelope, event_id: eventId(1), timestamp }
  writeFileSync(file, JSON.stringify({ ...event, correlation_id: eventId(1) }))
  expect((await world.call(`sync import ${file}`)).code).toBe(0)
}

const unnamed = new WeakMap<LoggedInWorld, OwnerRecord>()

/** A daemon that looks around once a minute, and whose record is gone. */
async function unnamedDaemon(world: LoggedInWorld): Promise<OwnerRecord> {
  await world.call('sync daemon start', { SPEC_KITTY_DAEMON_TICK_MS: '60000' })
  const record = ownerOf(world)
  removeOwner(homePaths(world.home).owner)
  unnamed.set(world, record)
  return record
}

/** It sees that it is not named any more as soon as it looks around: here now, and by no clock. */
function wakeUnnamed(world: LoggedInWorld): Promise<boolean> {
  return orderDaemon(unnamed.get(world)!, 'trigger')
}

const STATES: Readonly<Record<string, State>> = {
  'another daemon while sync is switched off': {
    code: 'owner_mismatch',
    env: OFF,
    make: otherVersionRuns,
    types: /^spec-kitty sync daemon stop$/,
  },
  'another daemon while events stay here': {
    code: 'owner_mismatch',
    make: async (world) => {
      await world.call('sync daemon start', { SPEC_KITTY_DAEMON_TICK_MS: '60000' })
      await world.call('sync mode LOCAL_RETENTION')
      writeOwner(homePaths(world.home).owner, { ...ownerOf(world), package_version: '3.2.0rc9' })
    },
    types: /^spec-kitty sync daemon stop$/,
  },
  'a daemon that lives and does not deliver': {
    code: 'daemon_stalled',
    make: async (world) => {
      await world.call('sync daemon start', { SPEC_KITTY_DAEMON_TICK_MS: '60000' })
      await world.call('agent mission create demo')
      await world.call('sync now')
      await importFromEarlier(world)
    },
    types: /^spec-kitty sync now$/,
  },
  'a folder in the place of the record': {
    code: 'owner_unreadable',
    make: (world) => void mkdirSync(homePaths(world.home).owner, { recursive: true, mode: 0o700 }),
    types: /^spec-kitty doctor orphan-daemons --retire$/,
  },
  'a daemon without a record': {
    code: 'daemon_orphan',
    make: async (world) => {
      const { started_at: start } = await unnamedDaemon(world)
      // For three seconds it counts as one that is just starting.
      await eventually(() => expect(Date.now() - Date.parse(start)).toBeGreaterThan(3_500))
    },
    meanwhile: wakeUnnamed,
    types: /^spec-kitty doctor orphan-daemons --retire$/,
  },
}

for (const [name, state] of Object.entries(STATES)) remedyEnds(name, state)

spec(
  ['BOUNDARY/FR-010', 'BOUNDARY/FR-009'],
  'a start that finds the lock taken names the command after which it succeeds',
  async () => {
    await using world = await loggedInWorld()
    await unnamedDaemon(world)
    const shell = shellIn(world)
    const refused = await world.call('sync daemon restart')
    expect([refused.code, remediesIn(refused.err)]).toEqual([
      2,
      ['spec-kitty doctor orphan-daemons --retire'],
    ])
    const [again] = await Promise.all([
      shell.type(...remediesIn(refused.err), 'spec-kitty sync daemon start'),
      wakeUnnamed(world),
    ])
    expect(again.code, again.out + again.err).toBe(0)
  },
)
