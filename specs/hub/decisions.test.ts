import { afterAll, beforeAll, describe, expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { get, post, type EventAnswer, type Reply } from '../../fixtures/hub/client.ts'
import { as, whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { type TestHub } from '../../fixtures/hub/hub.ts'
import { hubWorld, type HubWorld } from '../../fixtures/hub/world.ts'
import { main } from '../../packages/hub/src/main.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()

/** What people decide, alone, at the same time, or with a server that goes away in the middle. */
describe.skipIf(missing !== undefined)(`decisions on PostgreSQL ${missing ?? ''}`, () => {
  let world: HubWorld
  let database: string
  let hub: TestHub
  let token: string

  beforeAll(async () => {
    world = await hubWorld()
    ;({ database, hub, token } = world)
  })
  afterAll(() => world[Symbol.asyncDispose]())

  async function resolve(eventId: string, body: object): Promise<Reply> {
    const response = await fetch(`${hub.url}/api/v1/conflicts/${eventId}/resolve`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const json = (await response.json()) as Record<string, unknown>
    return { status: response.status, headers: response.headers, text: '', json, results: [] }
  }

  spec(
    'SYNC/FR-018',
    'two people who decide one conflict at the same time: one decision counts, the other is refused',
    async () => {
      const choices = [
        [{ keep: 'incoming' }, { keep: 'stored' }],
        [{ keep: 'stored' }, { keep: 'incoming' }],
        [{ keep: 'incoming' }, { keep: 'incoming' }],
      ]
      for (const pair of choices) {
        const event = anEvent()
        await post(hub, token, [JSON.stringify(event)])
        await post(hub, token, [JSON.stringify({ ...event, build_id: 'other' })])
        const replies = await as(database, async (sql) => {
          await sql.unsafe('BEGIN')
          await sql.unsafe('SELECT FROM hub.event_key FOR UPDATE')
          await sql.unsafe('SELECT FROM hub.conflict FOR UPDATE')
          const both = pair.map((body) => resolve(event.event_id, body))
          for (let waiting = 0; waiting < 2;) {
            const [row] = await as(database, (other) =>
              other.unsafe<{ waiting: number }[]>(
                'SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted',
              ),
            )
            waiting = row?.waiting ?? 0
          }
          await sql.unsafe('COMMIT')
          return Promise.all(both)
        })
        expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 409])
        const { json } = await get(hub, token, `/api/v1/conflicts/${event.event_id}`)
        const winner = pair[replies.findIndex(({ status }) => status === 200)]!
        const decisions = (json['incoming'] as { decision: string; text: string }[]).filter((one) =>
          one.text.includes('"other"'),
        )
        const wanted = winner.keep === 'stored' ? 'keep-stored' : 'take-incoming'
        expect(decisions).toMatchObject([{ decision: wanted }])
        const { text } = json['stored'] as { text: string }
        expect(text.includes('"other"')).toBe(winner.keep === 'incoming')
      }
    },
  )

  const run = async (...words: string[]): Promise<{ code: number; out: string; err: string }> => {
    const said = { out: '', err: '' }
    const io = {
      out: (more: string) => void (said.out += more),
      err: (more: string) => void (said.err += more),
    }
    return { code: await main([...words, '--database', database], io), ...said }
  }

  spec(
    ['SYNC/FR-018', 'SYNC/FR-010'],
    'decisions count revisions on, also where retention has removed what they replace, and keep each id as it was sent',
    async () => {
      const [upper, lower] = [
        'B47AC10B-58CC-4372-A567-0E02B2C3D479',
        'b47ac10b58cc4372a5670e02b2c3d479',
      ]
      const contents = [upper, lower, upper].map((event_id, at) =>
        JSON.stringify(anEvent({ event_id, build_id: `build-${at}` })),
      )
      const revisions: unknown[] = []
      for (const content of contents) {
        const [{ status }] = (await post(hub, token, [content])).results as [EventAnswer]
        if (status === 'rejected')
          expect((await resolve(lower, { keep: 'incoming' })).status).toBe(200)
        const { json } = await get(hub, token, '/api/v1/events?limit=1000')
        const last = (json['events'] as { revision: number; event: object }[]).at(-1)
        expect(last?.event).toEqual(JSON.parse(content))
        revisions.push(last?.revision)
        await as(database, (sql) =>
          sql.unsafe(`UPDATE hub.event SET received_at = '2020-01-15' WHERE event_id = '${lower}';
            UPDATE hub.event_key SET stored_at = '2020-01-15' WHERE event_id = '${lower}';
            UPDATE hub.tenant SET retention_days = 30`),
        )
        expect((await run('verify')).out).toContain('everything is as it was noted')
        if (revisions.length === 2) await run('retain')
      }
      expect(revisions).toEqual([1, 2, 3])
      expect((await run('verify')).out).toContain('everything is as it was noted')
    },
  )

  spec(
    ['SYNC/FR-018', 'BOUNDARY/FR-007'],
    'what others sent has no power over the terminal that shows it, and none is lost for a script',
    async () => {
      const event = anEvent({ build_id: '\u009b2J \u202egnp \u2028 \u007f \u{e0041} 👩‍👧' })
      await post(hub, token, [JSON.stringify(anEvent({ event_id: event.event_id }))])
      await post(hub, token, [JSON.stringify(event)])
      const show = ['conflicts', 'show', event.event_id, '--tenant', 'acme']
      const { out } = await run(...show)
      expect(out).toContain('\\u009b2J \\u202egnp \\u2028 \\u007f \\udb40\\udc41 👩‍👧')
      expect(out.replaceAll('\u200d', '')).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}]/u)
      const shown = out.split('\n').find((line) => line.includes('u009b')) ?? ''
      expect(JSON.parse(shown)).toEqual(event)
      const { incoming } = JSON.parse((await run(...show, '--json')).out) as {
        incoming: { text: string }[]
      }
      expect(incoming[0]?.text).toBe(JSON.stringify(event))
      await run('conflicts', 'resolve', ...show.slice(2), '--keep', 'stored')
    },
  )

  spec(
    'BOUNDARY/FR-007',
    'a successor lives as long as its token did; a revoked one has none',
    async () => {
      const create = ['token', 'create', '--tenant', 'acme', '--json']
      const made = async (...more: string[]): Promise<string> =>
        (JSON.parse((await run(...create, ...more)).out) as { id: string }).id
      const expiryOf = async (id: string): Promise<number | null> => {
        const { out } = await run('token', 'rotate', id, '--json')
        const { expiresAt } = JSON.parse(out) as { expiresAt: string | null }
        return expiresAt === null
          ? null
          : Math.round((Date.parse(expiresAt) - Date.now()) / 86_400_000)
      }
      // The first successor may have got lost: the second one lives no shorter.
      const [endless, limited] = [await made(), await made('--expires-days', '30')]
      for (const time of ['first', 'second']) {
        expect([time, await expiryOf(endless)]).toEqual([time, null])
        expect([time, await expiryOf(limited)]).toEqual([time, 30])
      }
      const revoked = await made()
      await run('token', 'revoke', revoked)
      const refused = await run('token', 'rotate', revoked, '--json')
      expect(refused.code).toBe(1)
      expect(refused.out + refused.err).toContain('token-revoked')
      expect(refused.out + refused.err).toContain('token create --tenant acme')
    },
  )

  spec('BOUNDARY/FR-007', 'a token whose successor cannot be made keeps its time', async () => {
    const made = JSON.parse((await run('token', 'create', '--tenant', 'acme', '--json')).out) as {
      id: string
    }
    await as(database, (sql) =>
      sql.unsafe(`
          CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
            $$BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END$$;
          CREATE TRIGGER full_disk BEFORE INSERT ON hub.token FOR EACH ROW EXECUTE FUNCTION full_disk()`),
    )
    expect((await run('token', 'rotate', made.id)).code).toBe(69)
    const [row] = await as(database, (sql) =>
      sql.unsafe(`SELECT expires_at FROM hub.token WHERE id = '${made.id}'`),
    )
    expect(row).toMatchObject({ expires_at: null })
  })
})
