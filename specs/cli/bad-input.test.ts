import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { layLogin } from '../../fixtures/cli/login.ts'
import {
  cliWorld,
  PROGRAM,
  type CliWorld,
  type Finished,
  type Variables,
} from '../../fixtures/cli/world.ts'
import { CATALOGUE } from '../../packages/spec-kitty/src/catalogue/index.ts'
import type { CommandDefinition } from '../../packages/spec-kitty/src/command/define.ts'
import { main } from '../../packages/spec-kitty/src/main.ts'
import { spec } from '../spec.ts'

/** What no person and no script should ever get to see. */
const RAW = /\n\s+at |\bE[A-Z]{4,}\b:|SqliteError|node:internal|\bundefined\b|\bNaN\b|\[object/

/** Words as a shell would hand them over, whatever is in them. */
async function callWith(
  world: CliWorld,
  words: string[],
  more: Variables = {},
): Promise<Pick<Finished, 'code' | 'out' | 'err'>> {
  let out = ''
  let err = ''
  const code = await main(words, {
    env: { ...world.env, ...more },
    cwd: world.project,
    program: PROGRAM,
    out: (text) => (out += text),
    err: (text) => (err += text),
    now: Date.now,
    isTerminal: false,
    columns: 40,
  })
  return { code, out, err }
}

/** What is wrong with how a command line was answered; nothing if it is as docs/cli.md says. */
function faultsOf(words: readonly string[], { code, out, err }: Omit<Finished, 'json'>): string[] {
  const faults: string[] = []
  if (![0, 1, 2, 64].includes(code)) faults.push(`exit code ${code}`)
  if (RAW.test(out + err)) faults.push(`raw: ${out}${err}`)
  if (code !== 0 && `${out}${err}`.trim() === '') faults.push('silence')
  if (code !== 0 && words.includes('--json') && !isJson(out)) faults.push(`no JSON: ${out}`)
  return faults.length === 0 ? [] : [`${words.join(' ').slice(0, 120)}: ${faults.join(', ')}`]
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const VALUES = (world: CliWorld): string[] => [
  ...['', ' ', 'nonsense', '-1', '1e9', '99999999999999999999', 'x'.repeat(20_000), '../../etc'],
  ...['/dev/null', '/nonexistent/x/y', world.folder, 'ünï', "a'b", 'a\nb', '--', '--json'],
]

/** Commands that can be called again and again; the others start processes or wait for somebody. */
const QUICK = CATALOGUE.filter(
  ({ path, hidden }) => hidden !== true && !/login|daemon (start|restart)/.test(path.join(' ')),
)

/** Every bad command line of one command: each argument and each option with each value. */
function badLines(definition: CommandDefinition, values: readonly string[]): string[][] {
  const { path, args = [], options = [] } = definition
  const valued = options.flatMap(({ flags }) => /^(--[a-z-]+) </.exec(flags)?.[1] ?? [])
  const sound = args
    .filter(({ required }) => required === true)
    .map(({ name }) => SOUND[name] ?? 'x')
  const start = valued.includes('--mission') ? [...path, '--mission', 'demo'] : [...path]
  return [
    [...path, '--nonsense', '--json'],
    [...path],
    [...path, '--json'],
    [...path, ...sound, 'one', 'two', 'three', '--json'],
    ...valued.map((option) => [...start, ...sound, option]),
    ...values.flatMap((value) => [
      ...(args.length === 0
        ? []
        : [
            [...start, value],
            [...start, value, '--json'],
          ]),
      ...valued.map((option) => [...start, ...sound, `${option}=${value}`]),
      ...valued.map((option) => [...start, ...sound, option, value, '--json']),
    ]),
  ]
}

const SOUND: Readonly<Record<string, string>> = { wp: 'WP01', slug: 'demo', shell: 'bash' }

spec(
  ['SYNC/T077', 'BOUNDARY/FR-008'],
  'no bad argument and no bad option of any command ends in silence, a trace, or an undocumented code',
  async () => {
    const faults: string[] = []
    let lines = 0
    for (const definition of QUICK) {
      await using world = cliWorld()
      // A delivery would wait and try again, for each line; it refuses before that without a server.
      const isDelivery = definition.path.join(' ') === 'sync now'
      const server = isDelivery ? {} : { SPEC_KITTY_SAAS_URL: 'http://127.0.0.1:9' }
      layLogin(world.home, 'http://127.0.0.1:9')
      await world.call('agent mission create demo')
      for (const words of badLines(definition, VALUES(world))) {
        lines += 1
        faults.push(...faultsOf(words, await callWith(world, words, server)))
      }
    }
    expect(faults).toEqual([])
    expect(lines).toBeGreaterThan(500)
  },
)

/** Where a file may lie in the place of a folder of a home, and a folder in the place of a file. */
const PLACES: readonly (readonly [string, 'file' | 'folder'])[] = [
  ...(['auth', 'queues', 'daemon', 'logs', 'archives', 'event_journal'] as const).map(
    (place) => [place, 'file'] as const,
  ),
  ...[
    ...['config.toml', 'auth/session.json', 'active_queue_scope', 'sync-daemon', 'queue.db'],
    ...['clock.db', 'daemon/owner.json', 'daemon/lock.db', 'daemon/heartbeat.json'],
    ...['logs/migration.log', 'event_journal/journal.db', 'event_journal/reserve'],
  ].map((place) => [place, 'folder'] as const),
]

const LINES = [
  'auth status',
  'auth logout',
  'agent mission create fresh',
  'agent mission setup-plan --mission demo',
  'agent tasks move-task WP01 --to claimed --mission demo',
  'sync status --check',
  'sync migrate',
  'sync migrate --dry-run',
  'sync now',
  'sync journal list',
  'sync mode TEAMSPACE',
  'sync targets',
  'sync retry --all',
  'sync gc',
  'sync archive',
  'sync import /dev/null',
  'doctor orphan-daemons',
  'doctor journal',
  'sync daemon status',
  'sync daemon stop',
  'sync server',
]

spec(
  ['SYNC/T077', 'BOUNDARY/C-006'],
  'whatever lies in the wrong place of a home is named by its path, with an exit code of the manual',
  async () => {
    await using world = cliWorld()
    await world.call('agent mission create demo')
    const faults: string[] = []
    const home = join(world.folder, 'odd')
    for (const [place, kind] of PLACES)
      for (const line of LINES)
        for (const words of [line.split(' '), [...line.split(' '), '--json']]) {
          rmSync(home, { recursive: true, force: true })
          rmSync(join(world.project, 'kitty-specs', 'fresh'), { recursive: true, force: true })
          layOdd(home, join(home, place), kind)
          const told = faultsOf(words, await callWith(world, words, { SPEC_KITTY_HOME: home }))
          faults.push(...told.map((fault) => `${place} is a ${kind}: ${fault}`))
        }
    expect(faults).toEqual([])
  },
)

function layOdd(home: string, path: string, kind: 'file' | 'folder'): void {
  mkdirSync(home, { mode: 0o700 })
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  if (kind === 'folder') mkdirSync(path)
  else writeFileSync(path, Buffer.from('fffe00ff80c328', 'hex'))
}

const PROJECT_PLACES = [
  ...['.kittify', 'kitty-specs', 'kitty-specs/demo', 'kitty-specs/demo/tasks', '.git'],
  ...['kitty-specs/demo/meta.json', 'kitty-specs/demo/plan.md', 'kitty-specs/demo/spec.md'],
  ...['kitty-specs/demo/tasks/WP01.md', 'kitty-specs/demo/status.events.jsonl', '.git/HEAD'],
]

spec(
  ['SYNC/T077', 'SYNC/C-008'],
  'neither bytes that are no text nor a folder in the place of a document of a mission is a bug',
  async () => {
    await using world = cliWorld()
    const faults: string[] = []
    for (const place of PROJECT_PLACES)
      for (const kind of ['file', 'folder'] as const)
        for (const line of [
          'agent mission create other --json',
          'agent mission setup-plan --mission demo --json',
          'agent tasks move-task WP01 --to claimed --mission demo --json',
        ]) {
          rmSync(world.project, { recursive: true })
          mkdirSync(world.project)
          await world.call('agent mission create demo')
          const path = join(world.project, place)
          rmSync(path, { recursive: true, force: true })
          mkdirSync(dirname(path), { recursive: true })
          if (kind === 'folder') mkdirSync(path)
          else writeFileSync(path, Buffer.from('fffe00ff80c328', 'hex'))
          const off = { SPEC_KITTY_ENABLE_SAAS_SYNC: '0' }
          const told = faultsOf(line.split(' '), await world.call(line, off))
          faults.push(...told.map((fault) => `${place} is a ${kind}: ${fault}`))
        }
    expect(faults).toEqual([])
  },
)

for (const line of ['sync nonsense', 'sync status --nonsense', 'sync retry', 'completion tcsh'])
  spec(['SYNC/T077'], `a script that types "${line}" gets JSON and code 64`, async () => {
    await using world = cliWorld()
    const refused = await world.call(`${line} --json`)
    expect([refused.code, refused.json]).toEqual([
      64,
      expect.objectContaining({ ok: false, error_code: 'usage' }),
    ])
    expect(String(refused.json['error'])).toMatch(/\w+/)
  })

spec(
  ['SYNC/C-008', 'SYNC/T077'],
  'what no server would take is refused on the command line and never captured',
  async () => {
    await using world = cliWorld()
    for (const words of [
      ['--type', ''],
      ['--target-branch', ' '],
      ['--work-packages', '0'],
    ]) {
      const refused = await callWith(world, ['agent', 'mission', 'create', 'demo', ...words])
      expect([words, refused.code]).toEqual([words, 64])
    }
    const { events } = (await world.call('sync journal list --json')).json
    expect(events).toEqual([])
  },
)

spec(
  ['SYNC/T077', 'SYNC/NFR-003'],
  'a report that cannot be written is refused before anything is sent',
  async () => {
    await using world = cliWorld()
    layLogin(world.home, 'http://127.0.0.1:9')
    const refused = await world.call('sync now --report /nonexistent/report.json --json')
    expect([refused.code, refused.json]).toEqual([
      2,
      expect.objectContaining({ error_code: 'path-unusable', where: '/nonexistent/report.json' }),
    ])
  },
)
