import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { startHostedService } from '../../fixtures/service/index.ts'
import { cliWorld, loggedInWorld, type LoggedInWorld } from '../../fixtures/cli/world.ts'
import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import { readOwner } from '../../packages/sync-engine/src/context/owner.ts'
import { noteDeployment, listTargets } from '../../packages/sync-engine/src/delivery/targets.ts'
import { openJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { shellIn } from '../remedies/typing.ts'
import { spec } from '../spec.ts'

const NETWORKED = ['auth login --headless', 'sync now', 'sync daemon start'] as const

spec(
  ['SYNC/T012', 'SYNC/T007', 'SYNC/FR-016', 'SYNC/SC-008', 'SYNC/C-007'],
  'where configuration and environment disagree every networked command refuses before the network',
  async () => {
    await using world = await loggedInWorld()
    await using other = await startHostedService()
    await world.call(`sync server ${world.service.url}`)
    await world.call('agent mission create demo')
    const seen = world.service.requests.length
    for (const line of NETWORKED) {
      const refused = await world.call(`${line} --json`, { SPEC_KITTY_SAAS_URL: other.url })
      expect([line, refused.code, refused.json['error_code']]).toEqual([line, 2, 'split-brain'])
    }
    expect(world.service.requests.length).toBe(seen)
    expect(other.requests).toEqual([])
    const status = await world.call('sync status --json', { SPEC_KITTY_SAAS_URL: other.url })
    expect(status.json).toMatchObject({ findings: [{ code: 'target_unresolved' }] })
  },
)

spec(
  ['SYNC/T008', 'SYNC/T009', 'SYNC/T010', 'SYNC/T011', 'SYNC/FR-016', 'SYNC/SC-008'],
  'login, events, documents, scope, owner record and status all follow the one resolved server',
  async () => {
    await using world = await loggedInWorld()
    await using other = await startHostedService({ firstAnswer: 'success' })
    await world.call(`sync server ${world.service.url}`)
    const env = { SPEC_KITTY_SAAS_URL: other.url, SPEC_KITTY_SAAS_URL_OVERRIDE: 'process' }
    const seen = world.service.requests.length
    await world.call('auth login --headless', env)
    await world.call('agent mission create demo', env)
    await world.call('agent mission setup-plan', env)
    expect((await world.call('sync now', env)).code).toBe(0)
    await world.call('sync daemon start', env)
    const owner = readOwner(homePaths(world.home).owner)
    const status = (await world.call('sync status --json', env)).json
    const scope = `${other.url}|robin@canary.example|team-robin`
    expect(owner).toMatchObject({ record: { server_url: other.url, auth_scope: scope } })
    expect(status).toMatchObject({
      foreground: { server_url: other.url, auth_scope: scope },
      delivery_targets: { current: { canonical_url: other.url } },
      target_authority: {
        override_mode: 'process_override',
        resolved_server_url: other.url,
        derived_queue_scope: scope,
      },
    })
    const { queue_db_path: path } = status['target_authority'] as { queue_db_path: string }
    expect(status).toMatchObject({ active_queue: { path }, foreground: { queue_db_path: path } })
    expect(other.events.size).toBeGreaterThan(0)
    expect(other.bodies.size).toBe(4)
    expect(world.service.requests.length).toBe(seen)
    await world.call('sync daemon stop', env)
  },
)

spec(
  ['SYNC/T008', 'SYNC/FR-016'],
  'a login at one server is none at another: its token never travels there',
  async () => {
    await using world = await loggedInWorld()
    await using other = await startHostedService()
    await world.call('agent mission create demo')
    const env = { SPEC_KITTY_SAAS_URL: other.url }
    const now = await world.call('sync now', env)
    expect(now.code).toBe(1)
    expect(now.out).toContain('auth login --headless')
    expect(other.requests).toEqual([])
    expect((await world.call('auth status', env)).code).toBe(1)
  },
)

spec(
  ['SYNC/T012', 'SYNC/T009', 'SYNC/FR-016'],
  'a stale scope marker is reported and ignored',
  async () => {
    await using world = await loggedInWorld()
    const before = (await world.call('sync status --json')).json
    writeFileSync(join(world.home, 'active_queue_scope'), 'https://old.example|kim|team-kim')
    const after = (await world.call('sync status --json')).json
    expect(after).toMatchObject({
      target_authority: { active_queue_scope_status: 'stale_non_authoritative' },
      foreground: before['foreground'] as object,
      active_queue: before['active_queue'] as object,
    })
  },
)

spec(
  ['SYNC/T071', 'SYNC/FR-005', 'SYNC/SC-001'],
  'after sync server the same events go to the new server',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await using other = await startHostedService({ firstAnswer: 'success' })
    const env = { SPEC_KITTY_SAAS_URL: undefined }
    await world.call(`sync server ${world.service.url}`, env)
    await world.call('agent mission create demo', env)
    await world.call('sync now', env)
    expect((await world.call(`sync server ${other.url}`, env)).out).toBe(`${other.url}\n`)
    await world.call('auth login --headless', env)
    expect((await world.call('sync now', env)).out).toContain('Synced: 2 /')
    expect([...other.events.keys()].sort()).toEqual([...world.service.events.keys()].sort())
    expect((await world.call('sync status --json', env)).json).toMatchObject({
      delivery_ledger: { delivered_current_target: 2, delivered_previous_target: 2 },
    })
  },
)

spec(
  ['SYNC/T074', 'SYNC/FR-006'],
  'sync mode without a word prints the mode, with one it sets it',
  async () => {
    await using world = await loggedInWorld()
    expect((await world.call('sync mode --json')).json).toMatchObject({ mode: 'TEAMSPACE' })
    expect((await world.call('sync mode local_retention')).out).toContain('LOCAL_RETENTION')
    expect((await world.call('sync mode TRASH --json')).json).toMatchObject({ mode: 'OPT_OUT' })
    expect((await world.call('sync mode EXTERNAL_RECEIVER')).code).toBe(64)
    expect((await world.call('sync mode NONSENSE')).code).toBe(64)
    const external = await world.call(
      'sync mode EXTERNAL_RECEIVER --endpoint http://127.0.0.1:9/in --json',
    )
    expect(external.json).toMatchObject({ external_endpoint: 'http://127.0.0.1:9/in' })
  },
)

spec(
  ['SYNC/T074', 'SYNC/T022', 'SYNC/T035'],
  'an address with a password in it is refused at every door, and the password is repeated at none',
  async () => {
    await using world = await loggedInWorld()
    const address = 'http://user:hunter2@127.0.0.1:9/in'
    const config = homePaths(world.home).config
    const refused = async (line: string): Promise<void> => {
      const { code, out, err } = await world.call(line)
      expect([code, out + err], line).toEqual([2, expect.stringMatching(/user name or a password/)])
      expect(out + err, line).not.toContain('hunter2')
    }
    await refused(`sync server ${address}`)
    await refused(`sync mode EXTERNAL_RECEIVER --endpoint ${address}`)
    await refused(`sync mode EXTERNAL_RECEIVER --json --endpoint ${address}`)
    expect(existsSync(config) ? readFileSync(config, 'utf8') : '').not.toContain('127.0.0.1:9')
    writeFileSync(
      config,
      `[event_sync]\nmode = "EXTERNAL_RECEIVER"\nexternal_endpoint = "${address}"\n`,
    )
    for (const line of [
      'sync now',
      'sync status',
      'sync status --check --json',
      'sync allow --all',
    ])
      await refused(line)
    await refused('sync daemon start')
  },
)

spec(
  ['SYNC/FR-012', 'SYNC/T024', 'SYNC/T077'],
  'a server that was set back is named, and the command beside it sends everything anew',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    await world.call('sync now')
    setBack(world)
    const told = await world.call('sync targets')
    const [, command = ''] = /gitSha was before, is after; .*anew: (\S.*)$/m.exec(told.out) ?? []
    const status = await world.call('sync status --check --json')
    expect([status.code, status.json['findings']]).toMatchObject([
      0,
      [{ code: 'target_reset_suspected', remedy: command, blocking: false }],
    ])
    expect((await shellIn(world).type(command)).out).toContain('0 delivered, 2 not')
    expect((await world.call('sync status --json')).json['findings']).toEqual([])
    expect((await world.call('sync now')).out).toContain('Duplicates: 2')
  },
)

/** What a server said about itself before, and what another one says under its address. */
function setBack(world: LoggedInWorld): void {
  const journal = openJournal({ home: world.home })
  for (const gitSha of ['before', 'after'])
    for (const target of listTargets(journal)) noteDeployment(journal, target, { gitSha })
  journal.close()
}

spec(
  ['SYNC/T071', 'SYNC/T012', 'SYNC/SC-008'],
  'sync server stores the address and says so when the environment disagrees; its remedy settles it',
  async () => {
    await using world = cliWorld()
    const env = { SPEC_KITTY_SAAS_URL: 'http://127.0.0.1:9' }
    const set = await world.call('sync server HTTP://LocalHost:80/', env)
    expect([set.code, set.out]).toEqual([0, 'http://localhost\n'])
    expect(set.err).toContain('SPEC_KITTY_SAAS_URL')
    expect((await world.call('sync server', env)).code).toBe(2)
    await world.call('sync server http://127.0.0.1:9', env)
    expect((await world.call('sync server', env)).out).toBe('http://127.0.0.1:9\n')
    expect((await world.call('sync server nonsense --json')).json).toMatchObject({
      error_code: 'url-invalid',
    })
  },
)
