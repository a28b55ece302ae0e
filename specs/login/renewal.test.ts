import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'
import { loggedInWorld, PROGRAM, type LoggedInWorld } from '../../fixtures/cli/world.ts'
import { someEvents } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { HURRIED, loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { openCommandContext } from '../../packages/sync-engine/src/context/command-context.ts'
import { accessOf } from '../../packages/sync-engine/src/daemon/receiver.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { spec } from '../spec.ts'

/** Changes the stored login by hand. */
function editSession({ home }: LoggedInWorld, change: Readonly<Record<string, string>>): void {
  const path = homePaths(home).session
  const session = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  writeFileSync(path, JSON.stringify({ ...session, ...change }), { mode: 0o600 })
}

function posts({ service }: LoggedInWorld, path: string, from: number): number {
  return service.requests
    .slice(from)
    .filter((request) => request.method === 'POST' && request.path === path).length
}

spec(
  ['SYNC/T034', 'SYNC/SC-009'],
  'a token that the server refuses before its time is renewed once, and the batch is sent once more',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    editSession(world, { access_token: 'forgotten' })
    const from = world.service.requests.length
    const sent = await world.call('sync now')
    expect([sent.code, world.service.events.size]).toEqual([0, 2])
    expect(posts(world, '/oauth/token', from)).toBe(1)
    expect(posts(world, '/api/v1/events/batch/', from)).toBe(2)
  },
)

spec(
  ['SYNC/T034', 'SYNC/T040'],
  'a server that refuses every token gets one renewal and two batches, and the drain ends',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer(() => ({ kind: 'answer', status: 401 }))
    capture(world.journal, someEvents(5))
    const renewals: string[] = []
    const receiver = loggedIn(server.url, {
      access: (refused) => {
        if (refused !== undefined) renewals.push(refused)
        const accessToken = refused === undefined ? 'first' : 'second'
        return Promise.resolve({
          accessToken,
          userEmail: 'dev@example.org',
          teamSlug: 'private-dev',
        })
      },
    })
    const { stop } = await drain({ journal: world.journal, receiver, retryPolicy: HURRIED })
    expect(stop).toMatchObject({ kind: 'denied', category: 'auth_expired' })
    expect(renewals).toEqual(['first'])
    expect(server.batches.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first',
      'Bearer second',
    ])
    await receiver.close()
  },
)

spec(
  ['SYNC/T034', 'SYNC/C-008'],
  'after a logout during a drain no further batch leaves, with or without authorization',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer()
    server.health = { sync_ingress: { limits: { max_events_per_batch: 2 } } }
    capture(world.journal, someEvents(20))
    const login = { accessToken: 'at', userEmail: 'dev@example.org', teamSlug: 'private-dev' }
    const receiver = loggedIn(server.url, {
      access: () => Promise.resolve(server.batches.length < 2 ? login : undefined),
    })
    const { stop } = await drain({ journal: world.journal, receiver, retryPolicy: HURRIED })
    expect(stop).toMatchObject({
      kind: 'denied',
      what: expect.stringContaining('logged in') as string,
    })
    expect(server.batches.length).toBe(2)
    expect(server.batches.every(({ headers }) => headers.authorization === 'Bearer at')).toBe(true)
    await receiver.close()
  },
)

spec(
  ['SYNC/T034', 'SYNC/FR-016', 'SYNC/C-008'],
  'the login of a running command is its own: another account, another server or a logout end it',
  async () => {
    await using world = await loggedInWorld()
    const now = Date.now()
    const context = openCommandContext({
      env: world.env,
      version: '1.0.0',
      program: PROGRAM,
      now,
    })
    const path = homePaths(world.home).session
    const before = readFileSync(path, 'utf8')
    expect(await accessOf(context, now)).toMatchObject({ userEmail: context.account })
    editSession(world, { email: 'someone.else@example.org' })
    expect(await accessOf(context, now)).toBeUndefined()
    writeFileSync(path, before)
    editSession(world, { server_url: 'https://elsewhere.example' })
    expect(await accessOf(context, now)).toBeUndefined()
    rmSync(path)
    expect([await accessOf(context, now), await accessOf(context, now, 'gone')]).toEqual([
      undefined,
      undefined,
    ])
  },
)

spec(
  ['SYNC/T034', 'SYNC/SC-009', 'SYNC/FR-016'],
  'while the service cannot renew, nobody is told to log in again, and the events go out afterwards',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    const { faults } = world.service
    await world.call('agent mission create demo')
    editSession(world, { access_token_expires_at: '2020-01-01T00:00:00.000Z' })
    faults.push({ route: 'POST /oauth/token', effect: { kind: 'answer', status: 503 } })
    const { code, out, err } = await world.call('sync now')
    expect(code).not.toBe(0)
    expect(out + err).toContain('the service did not renew the login: HTTP 503')
    expect(out + err).not.toContain('auth login')
    faults.length = 0
    expect((await world.call('auth status')).code).toBe(0)
    expect(await world.call('sync now')).toMatchObject({ code: 0 })
    expect(world.service.events.size).toBe(2)
  },
)
