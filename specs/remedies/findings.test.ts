import Database from 'better-sqlite3'
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { eventId, writeQueue } from '../../fixtures/cli/queues.ts'
import { loggedInWorld, type LoggedInWorld, type Variables } from '../../fixtures/cli/world.ts'
import { agreeToDocuments } from '../../fixtures/engine/consent.ts'
import { journalPath } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'
import { findingsOf, remedyEnds, type State } from './state.ts'
import { shellIn } from './typing.ts'

const SCOPED = join('queues', 'queue-0123456789abcdef.db')
const OFF = (): Variables => ({ SPEC_KITTY_ENABLE_SAAS_SYNC: '0' })
const NO_SERVER = (): Variables => ({ SPEC_KITTY_SAAS_URL: undefined })
const ONE = { id: eventId(1), second: 1 }
const LOGIN = /^spec-kitty auth login --headless && spec-kitty sync migrate$/
const ASIDE = /^mv \S+ \S+\.unreadable$/

function configure(world: LoggedInWorld, text: string): void {
  writeFileSync(join(world.home, 'config.toml'), text)
}

/** A file in the place of a scoped queue database. */
function odd(make: (path: string) => void): State['make'] {
  return (world) => {
    mkdirSync(join(world.home, 'queues'), { recursive: true, mode: 0o700 })
    make(join(world.home, SCOPED))
  }
}

async function waitingDocuments(world: LoggedInWorld): Promise<void> {
  await world.call('agent mission create demo')
  await world.call('agent mission setup-plan')
  await world.call('auth logout')
}

const STATES: Readonly<Record<string, State>> = {
  'no server': {
    code: 'target_unresolved',
    env: NO_SERVER,
    make: () => undefined,
    types: /^spec-kitty sync server <url>$/,
  },
  'two servers': {
    code: 'target_unresolved',
    make: (world) => configure(world, '[sync]\nserver_url = "http://127.0.0.1:9"\n'),
    types: /^spec-kitty sync server http:\/\/127\.0\.0\.1:\d+$/,
  },
  'an address in the environment that is none': {
    code: 'target_unresolved',
    env: () => ({ SPEC_KITTY_SAAS_URL: 'nonsense' }),
    make: (world) => configure(world, `[sync]\nserver_url = "${world.service.url}"\n`),
    types: /^unset SPEC_KITTY_SAAS_URL$/,
  },
  'an address in the configuration that is none': {
    code: 'target_unresolved',
    env: NO_SERVER,
    make: (world) => configure(world, '[sync]\nserver_url = "nonsense"\n'),
    types: /^spec-kitty sync server <url>$/,
  },
  'documents of a login that ended': {
    code: 'stranded_rows',
    make: waitingDocuments,
    types: LOGIN,
  },
  'documents of a login that ended, sync switched off': {
    code: 'stranded_rows',
    env: OFF,
    make: waitingDocuments,
    types: LOGIN,
  },
  'events and documents of another scope, nobody logged in': {
    code: 'stranded_rows',
    make: async (world) => {
      await world.call('auth logout')
      writeQueue(join(world.home, SCOPED), {
        events: [ONE],
        bodies: [{ mission: 'demo', path: 'spec.md' }],
      })
    },
    types: LOGIN,
  },
  'a document that differs from one that waits': {
    code: 'stranded_rows',
    make: async (world) => {
      agreeToDocuments(world.home)
      for (const [path, body] of [
        ['queue.db', 'one'],
        [SCOPED, 'two'],
      ] as const)
        writeQueue(join(world.home, path), { bodies: [{ mission: 'demo', path: 'spec.md', body }] })
      await world.call('sync migrate')
    },
    types: /^spec-kitty sync now; spec-kitty sync migrate$/,
  },
  'rows that hold no event': {
    code: 'stranded_rows',
    make: (world) =>
      writeQueue(join(world.home, 'queue.db'), { events: [{ ...ONE, data: 'not json' }] }),
    types: ASIDE,
  },
  'an empty file': {
    code: 'queue_unreadable',
    make: odd((path) => writeFileSync(path, '')),
    types: /^rm \S+$/,
  },
  'a folder in the place of a queue': {
    code: 'queue_unreadable',
    make: odd((path) => mkdirSync(path)),
    types: ASIDE,
  },
  'a link in the place of a queue': {
    code: 'queue_unreadable',
    make: odd((path) => {
      writeQueue(`${path}.elsewhere`, { events: [ONE] })
      symlinkSync(`${path}.elsewhere`, path)
    }),
    types: ASIDE,
  },
  'a database of another program': {
    code: 'queue_unreadable',
    make: odd((path) => {
      new Database(path).exec('CREATE TABLE queue (name TEXT)').close()
    }),
    types: ASIDE,
  },
  'a damaged queue': {
    code: 'queue_unreadable',
    make: odd((path) => {
      writeQueue(path, {
        events: Array.from({ length: 200 }, (_, n) => ({ ...ONE, id: eventId(n) })),
      })
      truncateSync(path, 8192)
    }),
    types: ASIDE,
  },
  'a journal that is none': {
    code: 'journal_unreadable',
    make: async (world) => {
      await world.call('agent mission create demo')
      writeFileSync(journalPath(world.home), 'no database'.repeat(1000))
    },
    types: /^spec-kitty doctor journal --repair$/,
  },
  'a folder in the place of the journal': {
    code: 'journal_unreadable',
    make: (world) => void mkdirSync(journalPath(world.home), { recursive: true, mode: 0o700 }),
    types: /^spec-kitty sync daemon stop && mv \S+event_journal \S+\.unreadable$/,
  },
}

for (const [name, state] of Object.entries(STATES)) remedyEnds(name, state)

spec(
  ['BOUNDARY/FR-009', 'SYNC/C-008'],
  'what was moved out of the way once is not overwritten by the next, whatever the path is called',
  async () => {
    await using world = await loggedInWorld()
    const home = join(world.folder, "robin's (new) home")
    mkdirSync(join(home, 'queues'), { recursive: true, mode: 0o700 })
    const path = join(home, SCOPED)
    const shell = shellIn(world, { SPEC_KITTY_HOME: home })
    for (const content of ['first', 'second']) {
      writeFileSync(path, content)
      const status = await shell.type('spec-kitty sync status --check --json')
      const found = findingsOf(status.out).find(({ code }) => code === 'queue_unreadable')
      expect((await shell.type(found!.remedy)).code).toBe(0)
    }
    expect(readFileSync(`${path}.unreadable`, 'utf8')).toBe('first')
    expect(readFileSync(`${path}.unreadable-2`, 'utf8')).toBe('second')
  },
)

spec(
  ['BOUNDARY/FR-009', 'SYNC/FR-013'],
  'a queue that another program holds is never moved away; once it is free, the remedy moves its rows',
  async () => {
    await using world = await loggedInWorld()
    const path = join(world.home, 'queue.db')
    writeQueue(path, { events: [ONE] })
    const other = new Database(path)
    other.exec('BEGIN EXCLUSIVE')
    const shell = shellIn(world)
    const [found] = findingsOf((await shell.type('spec-kitty sync status --check --json')).out)
    other.close()
    expect(found).toMatchObject({ code: 'queue_unreadable', remedy: 'spec-kitty sync migrate' })
    await shell.type(found!.remedy)
    expect((await shell.type('spec-kitty sync status --check')).code).toBe(0)
  },
)

spec(
  ['SYNC/FR-015', 'SYNC/T077'],
  'the remedy for events that were refused for good gives them another try',
  async () => {
    await using world = await loggedInWorld({ limits: { maxDecompressedBytesPerBatch: 1_500 } })
    await world.call('agent mission create demo')
    const long = 'x'.repeat(4_000)
    await world.call(`agent tasks move-task WP01 --to claimed --note ${long}`)
    await world.call('sync now')
    const shell = shellIn(world)
    const [found] = findingsOf((await shell.type('spec-kitty sync status --check --json')).out)
    expect(found).toMatchObject({
      code: 'terminal_failures',
      remedy: 'spec-kitty sync failed retry --all',
    })
    const after = await shell.type(found!.remedy, 'spec-kitty sync status --json')
    expect(after.out).toContain('1 event(s) will be sent again')
    expect(findingsOf(after.out.slice(after.out.indexOf('{\n')))).toEqual([])
  },
)
