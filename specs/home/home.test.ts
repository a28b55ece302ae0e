import { execa } from 'execa'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { closedToOthers, NOBODY } from '../../fixtures/cli/ordinary-user.ts'
import { eventId, writeQueue } from '../../fixtures/cli/queues.ts'
import { cliWorld, loggedInWorld, PROGRAM } from '../../fixtures/cli/world.ts'
import { setConfig, readConfig } from '../../packages/sync-engine/src/home/config-file.ts'
import { homeFolder } from '../../packages/sync-engine/src/home/home.ts'
import { journalPath } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'

/** Every entry of a home with the permissions that it must not have. */
function tooOpen(home: string): string[] {
  const entries = readdirSync(home, { recursive: true, withFileTypes: true })
  expect(entries.length).toBeGreaterThan(10)
  return [home, ...entries.map(({ parentPath, name }) => join(parentPath, name))].flatMap(
    (path) => {
      const found = statSync(path, { throwIfNoEntry: false })
      if (found === undefined) return []
      const wanted = found.isDirectory() ? 0o700 : 0o600
      const mode = found.mode & 0o777
      return mode === wanted ? [] : [`${path} ${mode.toString(8)}`]
    },
  )
}

for (const umask of ['022', '000'])
  spec(
    ['BOUNDARY/C-006', 'BOUNDARY/D-2'],
    `whatever a home holds is 0600, and its folders are 0700, under umask ${umask} too`,
    async () => {
      await using world = await loggedInWorld({ firstAnswer: 'success' })
      // The home of the login was made by this process; this one is made under the umask.
      const home = join(world.folder, 'fresh')
      const lines = [
        'auth login --headless',
        'sync mode TEAMSPACE',
        'agent mission create demo',
        'agent mission setup-plan',
        'sync daemon start',
        'sync now',
        'sync archive',
        'sync migrate',
      ]
      const script = [`umask ${umask}`, ...lines.map((line) => `"$NODE" "$PROGRAM" ${line}`)]
      const env = { ...world.env, SPEC_KITTY_HOME: home, NODE: process.execPath, PROGRAM }
      try {
        await execa('sh', ['-e', '-c', script.join('\n')], {
          cwd: world.project,
          env,
          extendEnv: false,
        })
        expect(tooOpen(home)).toEqual([])
      } finally {
        await world.call('sync daemon stop', { SPEC_KITTY_HOME: home })
      }
    },
  )

spec(
  ['BOUNDARY/C-006', 'SYNC/FR-017'],
  'a HOME that is empty or relative makes no other home in every folder that a command runs in',
  () => {
    const own = join(userInfo().homedir, '.spec-kitty')
    for (const HOME of [undefined, '', 'here', './here', '.'])
      expect([HOME, homeFolder({ HOME })]).toEqual([HOME, own])
    expect(homeFolder({ HOME: '/home/robin' })).toBe('/home/robin/.spec-kitty')
    expect(homeFolder({ HOME: '', SPEC_KITTY_HOME: '/srv/sync' })).toBe('/srv/sync')
    // The runtime itself looks there, and takes an empty text for a folder.
    vi.stubEnv('HOME', '')
    expect(homeFolder({})).toBe(own)
    vi.unstubAllEnvs()
  },
)

for (const [mode, name] of [
  [0o777, 'everybody'],
  [0o770, 'the group'],
] as const)
  spec(
    ['BOUNDARY/C-006'],
    `a home that ${name} can change is refused with the remedy`,
    async () => {
      await using world = cliWorld()
      mkdirSync(world.home)
      chmodSync(world.home, mode)
      const refused = await world.call('sync status --json')
      expect([refused.code, refused.json['error_code']]).toEqual([2, 'home-unsafe'])
      expect(refused.json['where']).toBe(world.home)
      expect(readdirSync(world.home)).toEqual([])
      // The remedy is one that can be typed as it stands.
      const [remedy = ''] = refused.json['remediation'] as string[]
      const [, command = ''] = /^run: (chmod 700 \S+) \(/.exec(remedy) ?? []
      await execa('sh', ['-c', command])
      expect((await world.call('sync status')).code).toBe(0)
    },
  )

spec(
  ['BOUNDARY/C-006'],
  'a home of another user is refused, and so is a file in its place',
  async () => {
    await using world = cliWorld()
    writeFileSync(world.home, '')
    expect((await world.call('sync status --json')).json).toMatchObject({
      error_code: 'home-unsafe',
    })
    const foreign = join(world.folder, 'foreign')
    mkdirSync(foreign, { mode: 0o700 })
    // Only the superuser can give a folder away; everybody else finds one that is the superuser's.
    const isSuperuser = process.getuid?.() === 0
    if (isSuperuser) chownSync(foreign, 65_534, 65_534)
    const home = isSuperuser ? foreign : '/'
    const refused = await world.call('sync status --json', { SPEC_KITTY_HOME: home })
    expect(refused.json).toMatchObject({ error_code: 'home-unsafe' })
    expect(refused.json['error']).toMatch(/belongs to user \d+/)
  },
)

/** Command lines of every kind: they read, deliver, capture, clean up, and change the configuration. */
const LINES = [
  'sync status --json',
  'sync now --json',
  'sync migrate --json',
  'sync gc --json',
  'agent mission create demo --json',
  'sync mode TEAMSPACE --json',
  'sync daemon start --json',
  'auth login --headless --json',
]

/** What can be wrong with the configuration, where, and what must never be repeated of it. */
const BAD: Readonly<Record<string, { text: string; where: string }>> = {
  'a syntax error': {
    text: '# mine\n[sync]\nserver_url = \n# secret-in-the-file\n',
    where: ', line 3, column 14',
  },
  'a table that is begun twice': {
    text: '[sync]\nserver_url = "http://127.0.0.1:9"\n[sync]\n',
    where: ', line 3, column 2',
  },
  'a value without quotation marks': {
    text: '[sync]\nserver_url = 127\n',
    where: ', [sync] server_url',
  },
  'a value in the place of a table': { text: 'sync = 3\n', where: ', sync' },
  'a list in the place of a table': {
    text: '[[event_sync]]\nmode = "OPT_OUT"\n',
    where: ', event_sync',
  },
  'a header that cannot be sent': {
    text: '[event_sync.external_headers]\nauthorization = "secret-in-the-file\\n"\n',
    where: ', [event_sync.external_headers] authorization',
  },
}

for (const [name, { text, where }] of Object.entries(BAD))
  spec(
    ['SYNC/FR-016', 'BOUNDARY/FR-009'],
    `a configuration with ${name} is refused by its place; the file and every queue stay`,
    async () => {
      await using world = cliWorld()
      mkdirSync(world.home, { mode: 0o700 })
      const path = join(world.home, 'config.toml')
      const queue = join(world.home, 'queue.db')
      writeFileSync(path, text)
      writeQueue(queue, { events: [{ id: eventId(1), second: 1 }] })
      const before = readFileSync(queue)
      for (const line of LINES) {
        const refused = await world.call(line)
        const { error_code: code, where: at } = refused.json
        expect([line, refused.code, code, at]).toEqual([line, 2, 'config-invalid', path + where])
        expect(refused.json['remediation']).toEqual([expect.stringMatching(/\w/)])
        expect(refused.out).not.toContain('secret-in-the-file')
      }
      expect(readFileSync(path, 'utf8')).toBe(text)
      expect(readFileSync(queue).equals(before)).toBe(true)
      expect(readdirSync(world.home).sort()).toEqual(['config.toml', 'queue.db'])
      expect(readdirSync(world.project)).toEqual([])
    },
  )

spec(
  'SYNC/FR-016',
  'a configuration that is no file is refused, not reported as a bug',
  async () => {
    await using world = cliWorld()
    mkdirSync(join(world.home, 'config.toml'), { recursive: true, mode: 0o700 })
    const refused = await world.run('sync status --json')
    expect([refused.code, refused.json['error_code']]).toEqual([2, 'config-invalid'])
  },
)

spec(
  ['BOUNDARY/C-006', 'SYNC/T077'],
  'what the superuser left in a home is refused with its path, not reported as a bug',
  async ({ skip }) => {
    skip(closedToOthers() !== undefined, closedToOthers())
    await using world = await loggedInWorld()
    await world.call('agent mission create demo')
    await world.runAsOrdinaryUser('sync status')
    if (process.getuid?.() !== 0) return
    const words = [PROGRAM, 'agent', 'mission', 'create', 'second', '--json']
    const options = { cwd: world.project, env: world.env, extendEnv: false, reject: false } as const
    const refusalOver = async (path: string, uid: number, mode: number): Promise<unknown> => {
      chownSync(path, uid, uid)
      chmodSync(path, mode)
      const refused = await execa(process.execPath, words, { ...options, uid: NOBODY })
      chownSync(path, NOBODY, NOBODY)
      chmodSync(path, 0o600)
      expect([path, refused.exitCode, refused.stderr]).toEqual([path, 2, ''])
      return JSON.parse(refused.stdout)
    }
    const journal = journalPath(world.home)
    expect(await refusalOver(journal, 0, 0o600)).toMatchObject({ where: journal })
    const login = join(world.home, 'auth', 'session.json')
    const unwritable = { error_code: 'home-not-writable' }
    expect(await refusalOver(login, 0, 0o600)).toMatchObject({ ...unwritable, where: login })
    const clock = join(world.home, 'clock.db')
    expect(await refusalOver(clock, 0, 0o600)).toMatchObject(unwritable)
    expect(await refusalOver(clock, NOBODY, 0o400)).toMatchObject(unwritable)
  },
)

spec(
  'SYNC/T071',
  'setting a key leaves every other line, comments included, as it was',
  async () => {
    await using world = cliWorld()
    const path = join(world.home, 'config.toml')
    mkdirSync(world.home, { mode: 0o700 })
    writeFileSync(
      path,
      '# mine\n[sync]\nserver_url = "http://old.example" # here\n\n[other]\nkey = 1\n',
    )
    setConfig(path, 'sync', 'server_url', 'http://new.example')
    setConfig(path, 'event_sync', 'mode', 'OPT_OUT')
    expect(readConfig(path)).toMatchObject({ serverUrl: 'http://new.example', mode: 'OPT_OUT' })
    expect(readFileSync(path, 'utf8')).toBe(
      '# mine\n[sync]\nserver_url = "http://new.example" # here\n\n[other]\nkey = 1\n\n[event_sync]\nmode = "OPT_OUT"\n',
    )
  },
)
