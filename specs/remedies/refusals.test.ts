import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { loggedInWorld, type LoggedInWorld, type Variables } from '../../fixtures/cli/world.ts'
import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import { writeOwner } from '../../packages/sync-engine/src/context/owner.ts'
import { ownerOf } from '../daemon/watching.ts'
import { spec } from '../spec.ts'
import { remediesIn, shellIn } from './typing.ts'

/** A command that is refused, and the commands that lead to its success, as they are printed. */
interface Case {
  readonly line: string
  readonly make: (world: LoggedInWorld) => Promise<void> | void
  readonly env?: Variables
  readonly steps: readonly RegExp[]
}

const SERVER = /^spec-kitty sync server <url>$/
const LOGIN = /^spec-kitty auth login --headless$/
const MODE = /^spec-kitty sync mode TEAMSPACE$/
const EXTERNAL = /^spec-kitty sync mode EXTERNAL_RECEIVER --endpoint <url>$/
const SWITCH_ON = /^export SPEC_KITTY_ENABLE_SAAS_SYNC=1$/
const RESTART = /^spec-kitty sync daemon restart$/
const OFF = { SPEC_KITTY_ENABLE_SAAS_SYNC: '0' }
const NO_SERVER = { SPEC_KITTY_SAAS_URL: undefined }

function mode(name: string, more = ''): Case['make'] {
  return (world) =>
    writeFileSync(join(world.home, 'config.toml'), `[event_sync]\nmode = "${name}"\n${more}`)
}

const NO_ADDRESS = mode('EXTERNAL_RECEIVER', 'external_endpoint = "nonsense"\n')

async function loggedOut(world: LoggedInWorld): Promise<void> {
  await world.call('agent mission create demo')
  await world.call('auth logout')
}

async function otherVersionRuns(world: LoggedInWorld): Promise<void> {
  await world.call('sync daemon start', { SPEC_KITTY_DAEMON_TICK_MS: '60000' })
  writeOwner(homePaths(world.home).owner, { ...ownerOf(world), package_version: '3.2.0rc9' })
}

const CASES: Readonly<Record<string, Case>> = {
  'setup-plan without a login': {
    line: 'agent mission setup-plan',
    make: loggedOut,
    steps: [LOGIN],
  },
  'setup-plan without a server': {
    line: 'agent mission setup-plan',
    make: loggedOut,
    env: NO_SERVER,
    steps: [SERVER, LOGIN],
  },
  'setup-plan beside another daemon': {
    line: 'agent mission setup-plan',
    make: async (world) => {
      await world.call('agent mission create demo')
      await otherVersionRuns(world)
    },
    steps: [RESTART],
  },
  'auth status without a server': {
    line: 'auth status',
    make: loggedOut,
    env: NO_SERVER,
    steps: [SERVER, LOGIN],
  },
  'sync now without a login': { line: 'sync now', make: loggedOut, steps: [LOGIN] },
  'sync now while sync is switched off': {
    line: 'sync now',
    make: async (world) => {
      await world.call('agent mission create demo')
    },
    env: OFF,
    steps: [SWITCH_ON],
  },
  'sync now with a login that the server forgot': {
    line: 'sync now',
    make: async (world) => {
      await world.call('agent mission create demo')
      const path = homePaths(world.home).session
      const text = JSON.stringify({
        ...(JSON.parse(readFileSync(path, 'utf8')) as object),
        access_token: 'gone',
        refresh_token: 'gone',
      })
      writeFileSync(path, text, { mode: 0o600 })
    },
    steps: [LOGIN],
  },
  'sync now in a mode that does not exist': { line: 'sync now', make: mode('LOUD'), steps: [MODE] },
  'sync now to a receiver without an address': {
    line: 'sync now',
    make: mode('EXTERNAL_RECEIVER'),
    steps: [EXTERNAL],
  },
  'sync now to a receiver with an address that is none': {
    line: 'sync now',
    make: NO_ADDRESS,
    steps: [EXTERNAL],
  },
  'sync status with an address that is none': {
    line: 'sync status',
    make: NO_ADDRESS,
    steps: [EXTERNAL],
  },
  'a daemon for a receiver with an address that is none': {
    line: 'sync daemon start',
    make: NO_ADDRESS,
    steps: [EXTERNAL],
  },
  'sync now beside another daemon': { line: 'sync now', make: otherVersionRuns, steps: [RESTART] },
  'sync now with a journal that is none': {
    line: 'sync now',
    make: (world) =>
      void mkdirSync(join(world.home, 'event_journal', 'journal.db'), {
        recursive: true,
        mode: 0o700,
      }),
    steps: [/^spec-kitty sync daemon stop && mv \S+ \S+$/],
  },
  'sync migrate with a queue that is none': {
    line: 'sync migrate',
    make: (world) => writeFileSync(join(world.home, 'queue.db'), 'no database'),
    steps: [/^mv \S+ \S+$/],
  },
  'a daemon where events stay': {
    line: 'sync daemon start',
    make: mode('LOCAL_RETENTION'),
    steps: [MODE],
  },
  'a daemon while sync is switched off': {
    line: 'sync daemon start',
    make: () => undefined,
    env: OFF,
    steps: [SWITCH_ON],
  },
  'a daemon for a receiver without an address': {
    line: 'sync daemon start',
    make: mode('EXTERNAL_RECEIVER'),
    steps: [EXTERNAL],
  },
  'a daemon that does not run': {
    line: 'sync daemon status',
    make: () => undefined,
    steps: [RESTART],
  },
  'a daemon that cannot run': {
    line: 'sync daemon status',
    make: mode('LOCAL_RETENTION'),
    steps: [MODE, RESTART],
  },
  'an import that collides': {
    line: 'sync import collision.jsonl',
    make: async (world) => {
      await world.call('agent mission create demo')
      const { events } = (await world.call('sync journal list --json --type WPCreated')).json as {
        events: { envelope: { payload: object } }[]
      }
      const { envelope } = events[0]!
      const other = { ...envelope, payload: { ...envelope.payload, wp_title: 'Another' } }
      writeFileSync(join(world.project, 'collision.jsonl'), JSON.stringify(other))
    },
    steps: [/^spec-kitty sync migrate --resolve keep-existing --all$/],
  },
}

for (const [name, { line, make, env, steps }] of Object.entries(CASES))
  spec(
    ['SYNC/T077', 'BOUNDARY/FR-009'],
    `${name}: what is printed, typed as it stands, leads to success`,
    async () => {
      await using world = await loggedInWorld({ firstAnswer: 'success' })
      await make(world)
      const typed: string[] = []
      // Everything is typed anew in one shell, so that what one step exports holds for the next.
      for (const step of steps) {
        const refused =
          typed.length === 0
            ? await world.call(line, env)
            : await shellIn(world, env).type(...typed, `spec-kitty ${line}`)
        expect(refused.code, refused.out).not.toBe(0)
        const [remedy = ''] = remediesIn(lastAnswer(refused))
        expect(remedy).toMatch(step)
        typed.push(remedy)
      }
      const done = await shellIn(world, env).type(...typed, `spec-kitty ${line}`)
      expect(done.code, done.out + done.err).toBe(0)
    },
  )

/** What the last command said; a refusal of an earlier one of the same shell stands above it. */
function lastAnswer({ out, err }: { out: string; err: string }): string {
  return err.includes('Refused:') ? err.slice(err.lastIndexOf('Refused:')) : out
}
