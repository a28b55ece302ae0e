import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect } from 'vitest'
import { loggedInWorld, PROGRAM } from '../../fixtures/cli/world.ts'
import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import { processStart } from '../../packages/sync-engine/src/base/process-age.ts'
import { askDaemon, orderDaemon } from '../../packages/sync-engine/src/daemon/client.ts'
import { readHeartbeat } from '../../packages/sync-engine/src/daemon/heartbeat.ts'
import { holdsLock, isLocked, takeLock } from '../../packages/sync-engine/src/daemon/lock.ts'
import { sign } from '../../packages/sync-engine/src/daemon/proof.ts'
import { spec } from '../spec.ts'
import { eventually, ownerOf } from './watching.ts'

spec(
  ['BOUNDARY/FR-005', 'BOUNDARY/FR-006', 'BOUNDARY/D-2'],
  'a started daemon owns the home, proves itself, and leaves nothing behind when it is stopped',
  async () => {
    await using world = await loggedInWorld()
    const started = await world.call('sync daemon start --json')
    expect(started.json).toMatchObject({ ok: true, state: 'started' })
    const owner = ownerOf(world)
    expect(owner).toMatchObject({
      executable_path: PROGRAM,
      server_url: world.service.url,
      auth_principal: 'robin@canary.example',
      auth_team: 'team-robin',
    })
    expect((await askDaemon(owner)).kind).toBe('proven')
    expect((await world.call('sync daemon start --json')).json).toMatchObject({
      state: 'already-running',
    })
    expect((await world.call('sync daemon status')).code).toBe(0)
    expect((await world.call('sync daemon stop --json')).json).toMatchObject({ state: 'stopped' })
    expect(processStart(owner.pid)).toBeUndefined()
    expect(
      readdirSync(join(world.home, 'daemon')).filter((name) => name.endsWith('.json')),
    ).toEqual([])
    expect(isLocked(homePaths(world.home).daemonLock)).toBe(false)
    expect((await world.call('sync daemon status')).code).toBe(1)
  },
)

spec(
  ['BOUNDARY/FR-006', 'BOUNDARY/D-2'],
  'health tells the owner record without the token to who knows it, to others nothing of the login, and nothing that is readable betrays the token',
  async () => {
    await using world = await loggedInWorld()
    await world.call('sync daemon start')
    const { token, ...shown } = ownerOf(world)
    const address = `http://127.0.0.1:${shown.port}/api`
    const ask = async (headers: Record<string, string> = {}): Promise<string> =>
      (await fetch(`${address}/health?nonce=12`, { headers })).text()
    const challenge = async (): Promise<string> =>
      ((await (await fetch(`${address}/challenge`)).json()) as { nonce: string }).nonce
    const headers = (nonce: string, proof: string): Record<string, string> => ({
      'x-spec-kitty-nonce': nonce,
      'x-spec-kitty-proof': proof,
    })
    const nonce = await challenge()
    const known = headers(nonce, sign(token, 'owner', nonce))
    const proven = await ask(known)
    // What the daemon signs for a stranger is no proof of that stranger.
    const other = await challenge()
    const signed = await (await fetch(`${address}/health?nonce=${other}`)).json()
    const reflected = await ask(headers(other, (signed as { proof: string }).proof))
    const [repeated, stranger] = [await ask(known), await ask()]
    expect(JSON.parse(proven)).toMatchObject({ status: 'ok', protocol_version: 1, owner: shown })
    expect(shown.auth_principal).toMatch(/@/)
    for (const text of [repeated, reflected, stranger]) {
      const owner = { ...shown, auth_principal: null, auth_team: null, auth_scope: null }
      expect(JSON.parse(text)).toMatchObject({ status: 'ok', protocol_version: 1, owner })
      expect(text).not.toContain(shown.auth_principal)
    }
    const printed = [
      proven,
      stranger,
      await (await fetch(`http://127.0.0.1:${shown.port}/api/challenge`)).text(),
      (await world.call('sync status --json')).out,
      (await world.call('sync daemon status --json')).out,
      (await world.call('doctor orphan-daemons --json')).out,
      readFileSync(homePaths(world.home).daemonLog, 'utf8'),
    ].join()
    expect(printed).not.toContain(token)
  },
)

spec(
  'BOUNDARY/FR-006',
  'an order needs fresh proof: without it, with a wrong token, or repeated, it is refused',
  async () => {
    await using world = await loggedInWorld()
    await world.call('sync daemon start')
    const owner = ownerOf(world)
    const url = `http://127.0.0.1:${owner.port}/api/shutdown`
    expect((await fetch(url, { method: 'POST' })).status).toBe(403)
    expect(await orderDaemon({ ...owner, token: 'guess' }, 'shutdown')).toBe(false)
    expect((await askDaemon({ ...owner, token: 'guess' })).kind).toBe('stranger')
    const { nonce } = (await (
      await fetch(`http://127.0.0.1:${owner.port}/api/challenge`)
    ).json()) as { nonce: string }
    const order = (purpose: string): Promise<Response> =>
      fetch(`http://127.0.0.1:${owner.port}/api/sync/trigger`, {
        method: 'POST',
        headers: {
          'x-spec-kitty-nonce': nonce,
          'x-spec-kitty-proof': sign(owner.token, purpose, nonce),
        },
      })
    expect((await order('trigger')).status).toBe(202)
    expect((await order('trigger')).status).toBe(403)
    expect((await askDaemon(owner)).kind).toBe('proven')
  },
)

spec(
  ['SYNC/SC-009', 'BOUNDARY/SC-5'],
  'the daemon delivers events and documents captured while it runs',
  async () => {
    await using world = await loggedInWorld()
    await world.call('sync daemon start')
    await world.call('agent mission create demo')
    await world.call('agent mission setup-plan --mission demo')
    await eventually(() => {
      expect(world.service.events.size).toBeGreaterThan(5)
      expect(world.service.bodies.size).toBeGreaterThan(2)
      expect(readHeartbeat(homePaths(world.home))?.last_drain_at).toBeTruthy()
    })
  },
)

spec('BOUNDARY/FR-006', 'whatever is asked of its port, the daemon goes on', async () => {
  await using world = await loggedInWorld()
  await world.call('sync daemon start')
  const owner = ownerOf(world)
  for (const path of ['//', 'http://[', '/api/health?nonce=%', '*', ''])
    await askFor(owner.port, path)
  expect((await askDaemon(owner)).kind).toBe('proven')
})

/** Sends a request line as it stands and waits for whatever comes back. */
function askFor(port: number, path: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`)
    })
    socket.resume()
    socket.once('error', () => socket.destroy())
    socket.once('close', () => resolve())
  })
}

spec(
  ['BOUNDARY/C-006', 'BOUNDARY/FR-005'],
  'several starts at once make one daemon, and each of them says which',
  async () => {
    await using world = await loggedInWorld()
    const starts = await Promise.all(
      Array.from({ length: 3 }, () => world.run('sync daemon start --json')),
    )
    const { pid, port } = ownerOf(world)
    expect(starts.map(({ code, json }) => [code, json['pid'], json['port']])).toEqual(
      starts.map(() => [0, pid, port]),
    )
    expect(starts.map(({ json }) => json['state']).sort()).toEqual([
      'already-running',
      'already-running',
      'started',
    ])
  },
)

spec('BOUNDARY/C-006', 'of two daemons of one home the second ends at once', async () => {
  await using world = await loggedInWorld()
  await world.call('sync daemon start')
  const second = await world.run('sync daemon run')
  expect(second.code).toBe(3)
  expect((await askDaemon(ownerOf(world))).kind).toBe('proven')
})

spec('BOUNDARY/C-006', 'the lock ends with its process, however that ends', async () => {
  await using world = await loggedInWorld()
  await world.call('sync daemon start')
  const { pid } = ownerOf(world)
  const { daemonLock } = homePaths(world.home)
  expect(takeLock(daemonLock, 0)).toBeUndefined()
  if (process.platform === 'linux') expect(holdsLock(pid, daemonLock)).toBe(true)
  expect(holdsLock(process.pid, daemonLock)).toBe(false)
  process.kill(pid, 'SIGKILL')
  await eventually(() => expect(isLocked(daemonLock)).toBe(false))
  const check = await world.call('sync status --check --json')
  expect(check.code).toBe(2)
  expect(check.json).toMatchObject({ daemon_owner_record: { status: 'orphan', pid } })
  expect((await world.call('sync daemon start --json')).json).toMatchObject({ state: 'started' })
})

spec('BOUNDARY/FR-005', 'a daemon is not started where it could deliver nothing', async () => {
  await using world = await loggedInWorld()
  const off = await world.call('sync daemon start --json', { SPEC_KITTY_ENABLE_SAAS_SYNC: '0' })
  expect([off.code, off.json['error_code']]).toEqual([2, 'daemon-not-started'])
  await world.call('sync mode LOCAL_RETENTION')
  expect((await world.call('sync daemon start')).code).toBe(2)
  expect(existsSync(homePaths(world.home).owner)).toBe(false)
})

spec(
  'BOUNDARY/FR-005',
  'while the server is away the daemon pauses longer each time and says so',
  async () => {
    await using world = await loggedInWorld()
    await world.call('sync daemon start')
    await world.service.close()
    await world.call('agent mission create demo')
    await eventually(() => {
      const heartbeat = readHeartbeat(homePaths(world.home))
      expect(heartbeat?.consecutive_failures).toBeGreaterThan(0)
    })
    expect(statSync(homePaths(world.home).daemonLog).mode & 0o777).toBe(0o600)
  },
)

spec(
  'BOUNDARY/FR-005',
  'a configuration that becomes unreadable does not end the daemon',
  async () => {
    await using world = await loggedInWorld()
    await world.call('sync daemon start')
    const { pid } = ownerOf(world)
    writeFileSync(join(world.home, 'config.toml'), '[sync\n')
    await eventually(() => {
      expect(readHeartbeat(homePaths(world.home))?.consecutive_failures).toBeGreaterThan(0)
    })
    expect(processStart(pid)).toBeDefined()
    writeFileSync(join(world.home, 'config.toml'), '')
  },
)
