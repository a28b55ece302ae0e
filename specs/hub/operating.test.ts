/* eslint max-lines: "off" -- one PostgreSQL cluster serves all of these; a second file would make another. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { get, post, readAll, sendBytes } from '../../fixtures/hub/client.ts'
import { as, startCluster, whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { hubOn, hubProcess, tokenFor, type TestHub } from '../../fixtures/hub/hub.ts'
import { hubWorld, type HubWorld } from '../../fixtures/hub/world.ts'
import { main } from '../../packages/hub/src/main.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()
const text = (fields: object = {}): string => JSON.stringify(anEvent(fields))
const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
)

describe.skipIf(missing !== undefined)(`operating on PostgreSQL ${missing ?? ''}`, () => {
  let world: HubWorld
  let database: string
  let hub: TestHub
  let token: string

  beforeAll(async () => {
    world = await hubWorld()
    ;({ database, hub, token } = world)
  })
  afterAll(() => world[Symbol.asyncDispose]())

  async function command(...words: string[]): Promise<{ code: number; out: string; err: string }> {
    let out = ''
    let err = ''
    const io = {
      out: (more: string) => void (out += more),
      err: (more: string) => void (err += more),
    }
    const code = await main([...words, '--database', database], io)
    return { code, out, err }
  }

  spec('SYNC/C-002', 'a tenant never sees the rows of another one', async () => {
    const other = await tokenFor(database, 'other')
    const event = anEvent()
    await post(hub, token, [JSON.stringify(event)])
    expect(await readAll(hub, other)).toEqual([])
    for (const path of [`events/${event.event_id}`, `conflicts/${event.event_id}`, 'producers/x'])
      expect((await get(hub, other, `/api/v1/${path}`)).status).toBe(404)
    const mine = JSON.stringify({ ...event, build_id: 'theirs' })
    expect((await post(hub, other, [mine])).results).toMatchObject([{ status: 'success' }])
    expect((await get(hub, token, `/api/v1/events/${event.event_id}`)).text).toBe(
      JSON.stringify(event),
    )
  })

  spec(
    'SYNC/C-002',
    'a query without a WHERE sees one tenant, and without a tenant nothing',
    async () => {
      await post(hub, await tokenFor(database, 'unfiltered'), [text()])
      const [row] = await as(database, (sql) =>
        sql.unsafe(`SELECT id FROM hub.tenant WHERE name = 'unfiltered'`),
      )
      const other = String(row!['id'])
      const tables = [
        'event',
        'event_key',
        'conflict',
        'producer',
        'machine',
        'arrival',
        'idempotency',
      ]
      for (const table of tables) {
        const seen = await hub.database.asTenant('1', (session) =>
          session.query(`SELECT DISTINCT tenant_id::text FROM hub.${table}`),
        )
        expect([table, seen.filter((row) => row['tenant_id'] !== '1')]).toEqual([table, []])
      }
      const both = await hub.database.asTenant(other, (session) =>
        session.query('SELECT count(*)::text FROM hub.event'),
      )
      expect(Number(both[0]!['count'])).toBeGreaterThan(0)
      await expect(
        hub.database.asTenant(other, (session) =>
          session.query(`INSERT INTO hub.arrival VALUES (1, now(), 1, 0, 0)`),
        ),
      ).rejects.toThrow(/row-level security/)
      for (const forbidden of [
        'SELECT * FROM hub.token',
        'SELECT * FROM hub.event_rest',
        'DROP TABLE hub.event',
        'UPDATE hub.tenant SET name = name',
      ])
        await expect(
          hub.database.asTenant('1', (session) => session.query(forbidden)),
        ).rejects.toThrow(/permission denied|must be owner|does not exist/)
      await as(database, async (sql) => {
        await sql.unsafe('SET ROLE spec_kitty_hub_app')
        expect(await sql.unsafe('SELECT * FROM hub.event')).toHaveLength(0)
        const forced =
          await sql.unsafe(`SELECT relname FROM pg_class WHERE relnamespace = 'hub'::regnamespace
        AND relkind IN ('r','p') AND NOT relforcerowsecurity AND has_table_privilege(oid, 'SELECT')`)
        expect(forced.map((row) => row['relname'] as string)).toEqual(['state'])
      })
    },
  )

  spec(
    'BOUNDARY/FR-007',
    'tokens: hashed, scoped, rotated without a pause, revoked at once',
    async () => {
      const created = await command(
        'token',
        'create',
        '--tenant',
        'acme',
        '--scopes',
        'read',
        '--json',
      )
      const { id, secret } = JSON.parse(created.out) as { id: string; secret: string }
      const dump = await as(database, (sql) => sql.unsafe('SELECT * FROM hub.token'))
      expect(JSON.stringify(dump)).not.toContain(secret)
      expect((await get(hub, secret, '/api/v1/events')).status).toBe(200)
      expect((await post(hub, secret, [text()])).json).toMatchObject({
        type: '/problems/scope-missing',
        status: 403,
      })
      const rotated = await command('token', 'rotate', id, '--json')
      const next = JSON.parse(rotated.out) as { secret: string; scopes: string[] }
      expect(next.scopes).toEqual(['read'])
      expect((await get(hub, secret, '/api/v1/events')).status).toBe(200)
      expect((await get(hub, next.secret, '/api/v1/events')).status).toBe(200)
      expect((await command('token', 'revoke', id)).code).toBe(0)
      const refused = await get(hub, secret, '/api/v1/events')
      expect(refused).toMatchObject({ status: 401, json: { type: '/problems/unauthenticated' } })
      expect(refused.text).not.toContain(secret)
      for (const wrong of ['', 'skh_x', `${token}x`, token.slice(0, -1), `' OR 1=1 --`])
        expect((await get(hub, wrong, '/api/v1/events')).status).toBe(401)
    },
  )

  spec('SYNC/FR-014', 'a token above its rate is answered with 429 and a time', async () => {
    const slow = await tokenFor(database, 'slow', { rate: 1 })
    const replies = await Promise.all(
      Array.from({ length: 5 }, () => get(hub, slow, '/api/v1/events')),
    )
    const limited = replies.filter(({ status }) => status === 429)
    expect(limited.length).toBeGreaterThanOrEqual(2)
    expect(limited[0]!.headers.get('retry-after')).toBe('1')
  })

  spec('SYNC/FR-018', 'a person decides a conflict, and both contents are kept', async () => {
    const event = anEvent()
    const [stored, incoming] = [JSON.stringify(event), JSON.stringify({ ...event, build_id: 'b2' })]
    await post(hub, token, [stored])
    await post(hub, token, [incoming])
    const list = await command('conflicts', 'list', '--tenant', 'acme')
    expect(list.out).toContain(event.event_id)
    expect((await command('conflicts', 'show', event.event_id, '--tenant', 'acme')).out).toContain(
      'b2',
    )
    const last = (await readAll(hub, token)).at(-1)!.cursor
    const done = await command(
      'conflicts',
      'resolve',
      event.event_id,
      '--keep',
      'incoming',
      '--tenant',
      'acme',
      '--json',
    )
    expect(JSON.parse(done.out)).toMatchObject({ stored: { text: incoming } })
    const { json } = await get(hub, token, `/api/v1/events?after=${last}`)
    expect(json['events']).toMatchObject([{ revision: 2, event: { build_id: 'b2' } }])
    expect((await post(hub, token, [incoming])).results).toMatchObject([{ status: 'duplicate' }])
    expect((await post(hub, token, [stored])).results).toMatchObject([
      { status: 'failed_permanent', error_category: 'conflict' },
    ])
    expect(
      (await readAll(hub, token)).filter((one) => one.event.event_id === event.event_id),
    ).toHaveLength(1)
    expect(
      (
        await command(
          'conflicts',
          'resolve',
          event.event_id,
          '--keep',
          'stored',
          '--tenant',
          'acme',
        )
      ).code,
    ).toBe(1)
    expect((await command('conflicts', 'show', 'nonsense', '--tenant', 'acme')).err).toContain(
      'next:',
    )
  })

  spec(
    'SYNC/FR-010',
    'retention drops bodies by partition, and their ids are still known',
    async () => {
      const secret = await tokenFor(database, 'short')
      const old = [text(), text()]
      await post(hub, secret, old)
      await as(database, (sql) =>
        sql.unsafe(`
      CREATE TABLE hub.event_2020_01 PARTITION OF hub.event FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2020-02-01 00:00:00+00');
      UPDATE hub.event SET received_at = '2020-01-15' WHERE tenant_id = (SELECT id FROM hub.tenant WHERE name = 'short');
      UPDATE hub.event_key SET stored_at = '2020-01-15' WHERE tenant_id = (SELECT id FROM hub.tenant WHERE name = 'short')`),
      )
      expect((await command('retain')).out).toContain('partitions dropped: none')
      await command('tenant', 'retain', 'short', '30')
      expect((await command('retain')).out).toContain('partitions dropped: event_2020_01')
      expect(await readAll(hub, secret)).toEqual([])
      expect((await post(hub, secret, old)).results.map((one) => one.status)).toEqual([
        'duplicate',
        'duplicate',
      ])
      expect((await command('verify', '--tenant', 'short')).code).toBe(0)
    },
  )

  spec('SYNC/FR-018', 'verify finds a lost and a damaged event', async () => {
    const secret = await tokenFor(database, 'checked')
    await post(hub, secret, [text(), text(), text()])
    expect((await command('verify', '--tenant', 'checked', '--json')).code).toBe(0)
    await as(database, (sql) =>
      sql.unsafe(`
      UPDATE hub.event SET body = body || ' ' WHERE idx = 0 AND tenant_id = (SELECT id FROM hub.tenant WHERE name = 'checked');
      DELETE FROM hub.event WHERE idx = 1 AND tenant_id = (SELECT id FROM hub.tenant WHERE name = 'checked')`),
    )
    const found = await command('verify', '--tenant', 'checked', '--json')
    expect(found.code).toBe(1)
    expect(JSON.parse(found.out)).toMatchObject({
      ok: false,
      tenants: [{ ids: 3, lost: 1, damaged: 1 }],
    })
  })

  spec('SYNC/FR-014', 'smuggled, doubled and oversized headers are refused', async () => {
    const head = 'POST /api/v1/events/batch/ HTTP/1.1\r\nhost: x\r\n'
    const attacks = {
      'two lengths': `${head}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`,
      'length and chunks': `${head}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      'folded header': `${head}x: a\r\n b\r\ntransfer-encoding: xchunked\r\n\r\n`,
      'two tokens': `GET /api/v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a\r\nauthorization: Bearer ${token}\r\nconnection: close\r\n\r\n`,
      'huge header': `${head}x: ${'a'.repeat(40_000)}\r\n\r\n`,
      'not HTTP': '\x16\x03\x01\r\n\r\n',
    }
    for (const [what, bytes] of Object.entries(attacks)) {
      const answer = await sendBytes(hub, bytes)
      expect([what, answer]).toEqual([what, expect.stringMatching(/^HTTP\/1\.1 4\d\d /)])
      expect(answer).toContain('application/problem+json')
    }
    expect((await get(hub, '', '/livez')).status).toBe(200)
  })

  spec(
    'SYNC/FR-014',
    'a database that is away means 503 with a time, and nothing is lost',
    async () => {
      await using own = await startCluster()
      const place = await own.createDatabase()
      const secret = await tokenFor(place, 'acme')
      await using here = await hubOn(place)
      const batch = [text()]
      await post(here, secret, [text()])
      await own.cutConnections()
      await own.stop('SIGQUIT')
      expect((await get(here, '', '/readyz')).status).toBe(503)
      expect((await get(here, '', '/livez')).status).toBe(200)
      const refused = await post(here, secret, batch)
      expect(refused).toMatchObject({ status: 503, json: { type: '/problems/database-away' } })
      expect(refused.headers.get('retry-after')).toBe('2')
      await own.start()
      let again = await post(here, secret, batch)
      while (again.status === 503) again = await post(here, secret, batch)
      expect(again.results).toMatchObject([{ status: 'success' }])
      expect(await readAll(here, secret)).toHaveLength(2)
    },
  )

  spec(
    'SYNC/FR-008',
    'the program: several start at once, log without payloads, stop gracefully',
    async () => {
      const place = await world.cluster.createDatabase()
      const hubs = await Promise.all([hubProcess(place), hubProcess(place)])
      const secret = await tokenFor(place, 'acme')
      const endpoint = `${hubs[0].url}/api/v1/events/batch/`
      await post({ endpoint }, secret, [text({ build_id: 'very-private' })])
      expect((await get(hubs[1], '', '/metrics')).text).toContain(
        'spec_kitty_hub_events_stored_total 0',
      )
      expect((await get(hubs[0], '', '/metrics')).text).toContain(
        'spec_kitty_hub_events_stored_total 1',
      )
      expect(await Promise.all(hubs.map((one) => one.end('SIGTERM')))).toEqual([0, 0])
      const log = hubs[0].log()
      for (const line of log.trim().split('\n'))
        expect(() => JSON.parse(line) as unknown).not.toThrow()
      expect(log).not.toContain('very-private')
      expect(log).not.toContain(secret)
    },
  )

  spec('SYNC/C-006', 'migrate --dry-run changes nothing', async () => {
    const place = await world.cluster.createDatabase()
    let out = ''
    const io = { out: (more: string) => void (out += more), err: () => undefined }
    await main(['migrate', '--dry-run', '--database', place], io)
    expect(out).toContain('would apply 1')
    expect(
      await as(place, (sql) => sql.unsafe(`SELECT to_regclass('hub.event')::text AS name`)),
    ).toMatchObject([{ name: null }])
    expect(await main(['migrate', '--database', 'http://x'], io)).toBe(64)
  })

  for (const scheme of ['light', 'dark'] as const)
    for (const width of [1200, 375])
      spec(
        'SYNC/FR-009',
        `the page in Chromium, ${scheme}, ${width} pixels wide`,
        async ({ skip }) => {
          if (browser === undefined) return skip('no Chromium here')
          await post(hub, token, [text({ node_id: '<img src=x onerror=alert(1)>' })])
          await post(
            hub,
            token,
            [text(), text()],
            {},
            { id: 'journal-page', epoch: 1, sequences: [1, 4] },
          )
          const program = await chromium.launch({ executablePath: browser, args: ['--no-sandbox'] })
          try {
            const page = await program.newPage({
              colorScheme: scheme,
              viewport: { width, height: 900 },
            })
            const requests: string[] = []
            const errors: string[] = []
            page.on('request', (request) => requests.push(request.url()))
            page.on('pageerror', (cause) => errors.push(cause.message))
            page.on(
              'console',
              (message) => message.type() === 'error' && errors.push(message.text()),
            )
            await page.goto(hub.url)
            await page.keyboard.press('Tab')
            await page.keyboard.press('Tab')
            await page.keyboard.type(token)
            await page.keyboard.press('Enter')
            await page.waitForSelector('#machines tr td.name')
            expect(await page.textContent('#summary')).toMatch(/Tenant acme: [\d,]+ events/)
            expect(await page.isVisible('#token')).toBe(false)
            expect(await page.textContent('#machines')).toContain('<img src=x')
            expect(await page.textContent('#attention')).toContain('journal-page')
            expect(await page.getAttribute('#rate svg', 'aria-label')).toMatch(
              /stored in the last hour/,
            )
            expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
            expect(
              requests.every((url) => url.startsWith(hub.url) || url.startsWith('data:')),
            ).toBe(true)
            expect(errors).toEqual([])
            const shots = process.env['HUB_SCREENSHOTS']
            if (shots !== undefined) {
              mkdirSync(shots, { recursive: true })
              await page.screenshot({ path: join(shots, `${scheme}-${width}.png`), fullPage: true })
            }
          } finally {
            await program.close()
          }
        },
      )
})
