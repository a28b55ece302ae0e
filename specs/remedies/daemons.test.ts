import { execa } from 'execa'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { eventId } from '../../fixtures/cli/queues.ts'
import { loggedInWorld, type LoggedInWorld, type Variables } from '../../fixtures/cli/world.ts'
import { homePaths } from '../../src/sync/boundary/home.ts'
import { removeOwner, writeOwner } from '../../src/sync/boundary/owner.ts'
import { processStart } from '../../src/sync/boundary/process-age.ts'
import { endForSure, eventually, ownerOf } from '../daemon/watching.ts'
import { spec } from '../spec.ts'
import { findingsOf, remedyEnds, type State } from './state.ts'
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
      await world.call('sync daemon start', { SPEC_KITTY_DAEMON_TICK_MS: '10000' })
      const { started_at: start } = ownerOf(world)
      removeOwner(homePaths(world.home).owner)
      // For three seconds it counts as one that is just starting.
      await eventually(() => expect(Date.now() - Date.parse(start)).toBeGreaterThan(3_500))
    },
    types: /^spec-kitty doctor orphan-daemons --retire$/,
  },
}

for (const [name, state] of Object.entries(STATES)) remedyEnds(name, state)

const PLAYED = join(import.meta.dirname, '..', 'daemon', 'play-python-daemon.ts')

/** Daemons of the Python generation: what they are started with, and what is to be typed against them. */
const PYTHON: Readonly<Record<string, { words: readonly string[]; types: RegExp }>> = {
  'that can be asked': { words: ['state'], types: /^spec-kitty doctor orphan-daemons --retire$/ },
  'that no state file names': { words: ['-'], types: /^kill \d+$/ },
  'that does not show the token of its state file': {
    words: ['state', 'another'],
    types: /^kill \d+$/,
  },
}

for (const [name, { words, types }] of Object.entries(PYTHON))
  spec(
    ['BOUNDARY/FR-010', 'BOUNDARY/FR-009', 'BOUNDARY/C-002'],
    `what status and doctor print against a daemon of the Python generation ${name} ends it`,
    async () => {
      // Elsewhere a process does not tell whose home it serves, so it is not listed at all.
      if (process.platform !== 'linux') return
      await using world = await loggedInWorld()
      const [state, ...token] = words
      const file = state === 'state' ? join(world.home, 'sync-daemon') : '-'
      const child = execa(process.execPath, [PLAYED, 'run_sync_daemon', file, ...token], {
        env: { SPEC_KITTY_HOME: world.home },
        reject: false,
      })
      const pid = child.pid ?? 0
      try {
        await once(child.stdout, 'data')
        const shell = shellIn(world)
        const [found] = findingsOf((await shell.type('spec-kitty sync status --json')).out)
        expect(found).toMatchObject({
          code: 'daemon_python',
          remedy: expect.stringMatching(types) as string,
        })
        const listed = await shell.type('spec-kitty doctor orphan-daemons')
        expect(remediesIn(listed.out)).toEqual([found!.remedy])
        const typed = await shell.type(found!.remedy)
        expect(typed.code, typed.out + typed.err).toBe(0)
        await eventually(() => expect(processStart(pid)).toBeUndefined())
        expect((await shell.type('spec-kitty sync status --check')).code).toBe(0)
        expect((await shell.type('spec-kitty doctor orphan-daemons')).code).toBe(0)
      } finally {
        endForSure(pid)
      }
    },
    30_000,
  )

spec(
  ['BOUNDARY/FR-010', 'BOUNDARY/FR-009'],
  'a start that finds the lock taken names the command after which it succeeds',
  async () => {
    await using world = await loggedInWorld()
    await world.call('sync daemon start', { SPEC_KITTY_DAEMON_TICK_MS: '10000' })
    removeOwner(homePaths(world.home).owner)
    const shell = shellIn(world)
    const refused = await world.call('sync daemon restart')
    expect([refused.code, remediesIn(refused.err)]).toEqual([
      2,
      ['spec-kitty doctor orphan-daemons --retire'],
    ])
    const again = await shell.type(...remediesIn(refused.err), 'spec-kitty sync daemon start')
    expect(again.code, again.out + again.err).toBe(0)
  },
  60_000,
)
