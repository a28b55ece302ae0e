import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { cliWorld, loggedInWorld } from '../../fixtures/cli/world.ts'
import { setConfig, readConfig } from '../../src/sync/boundary/config-file.ts'
import { spec } from '../spec.ts'

spec(
  ['BOUNDARY/C-006', 'BOUNDARY/D-2'],
  'whatever a home holds is 0600, and its folders are 0700',
  async () => {
    await using world = await loggedInWorld()
    await world.call('sync mode TEAMSPACE')
    await world.call('agent mission create demo')
    await world.call('agent mission setup-plan')
    await world.call('sync daemon start')
    await world.call('sync now')
    await world.call('sync archive')
    await world.call('sync migrate')
    const entries = readdirSync(world.home, { recursive: true, withFileTypes: true })
    expect(entries.length).toBeGreaterThan(10)
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name)
      const mode = (statSync(path, { throwIfNoEntry: false })?.mode ?? 0o600) & 0o777
      expect([path, mode.toString(8)]).toEqual([path, entry.isDirectory() ? '700' : '600'])
    }
    expect(statSync(world.home).mode & 0o777).toBe(0o700)
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
      expect(refused.json['remediation']).toEqual([expect.stringContaining('chmod 700')])
      chmodSync(world.home, 0o700)
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

spec(
  'SYNC/FR-016',
  'a syntax error in the configuration is named with line and column',
  async () => {
    await using world = cliWorld()
    mkdirSync(world.home, { mode: 0o700 })
    const path = join(world.home, 'config.toml')
    writeFileSync(path, '# mine\n[sync]\nserver_url = \n')
    for (const line of [
      'sync status --json',
      'sync now --json',
      'agent mission create demo --json',
    ]) {
      const refused = await world.call(line)
      expect([line, refused.code, refused.json['error_code']]).toEqual([line, 2, 'config-invalid'])
      expect(refused.json['where']).toBe(`${path}, line 3, column 14`)
    }
  },
)

spec('SYNC/T075', 'setting a key leaves comments and every other line as they were', async () => {
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
    '# mine\n[sync]\nserver_url = "http://new.example"\n\n[other]\nkey = 1\n\n[event_sync]\nmode = "OPT_OUT"\n',
  )
})
