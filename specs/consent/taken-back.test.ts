import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { expect } from 'vitest'
import { loggedInWorld } from '../../fixtures/cli/world.ts'
import { agreeToFixtures } from '../../fixtures/engine/consent.ts'
import { anEvent, someEvents } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { revoke } from '../../packages/sync-engine/src/consent/decide.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { externalReceiver } from '../../packages/sync-engine/src/receivers/external.ts'
import { shellIn } from '../remedies/typing.ts'
import { spec } from '../spec.ts'

const ROBIN = 'robin@canary.example'

/** What the server answers the first batch with, during which the consent is taken back. */
const ANSWERS = {
  'it is taken': 200,
  'the server is busy': 503,
  'all of it is refused': 400,
} as const

for (const [what, status] of Object.entries(ANSWERS))
  spec(
    ['SYNC/C-008', 'SYNC/FR-007'],
    `nothing of a project leaves once its consent is taken back, whatever was prepared: ${what}`,
    async () => {
      using world = temporaryJournal()
      const { journal } = world
      capture(journal, someEvents(1_700))
      agreeToFixtures(journal)
      const arrived: string[][] = []
      const server = createServer((request, response) => {
        void json(request).then(
          (body) => {
            const ids = (body as { events: { event_id: string }[] }).events.map(
              (one) => one.event_id,
            )
            arrived.push(ids)
            const consent = { project: anEvent().project_uuid, account: ROBIN }
            revoke(journal, consent, { who: ROBIN, command: 'spec-kitty sync allow --revoke' })
            const results = ids.map((event_id) => ({ event_id, status: 'success' }))
            response.writeHead(status).end(JSON.stringify({ results }))
          },
          () => response.writeHead(404).end(),
        )
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/batch`
      const receiver = externalReceiver({ endpoint, headers: {} })
      const retryPolicy = { sleep: () => Promise.resolve() }
      const sender = { kind: 'login', account: ROBIN } as const
      const report = await drain({ journal, receiver, sender, retryPolicy })
      await receiver.close()
      server.close()
      expect(arrived.length).toBe(1)
      expect(report.counts.success).toBe(status === 200 ? arrived[0]?.length : 0)
    },
  )

spec(
  ['SYNC/C-008', 'SYNC/FR-019', 'SYNC/T077'],
  'what was refused before a consent was taken back is not announced as sent again: it waits for a consent',
  async () => {
    const effect = { kind: 'answer', status: 400 } as const
    const faults = [{ route: 'POST /api/v1/events/batch/', nth: [1, 2, 3], effect }]
    await using world = await loggedInWorld({ firstAnswer: 'success', faults })
    await world.call('agent mission create demo')
    const before = await world.call('sync now')
    expect([before.code, before.out]).toEqual([1, expect.stringContaining('to be sent again')])
    await world.call('sync allow --revoke')
    const after = await world.call('sync now')
    expect([after.code, after.out]).toEqual([0, expect.stringContaining('nobody agreed to send')])
    expect(after.out).not.toContain('to be sent again')
    const status = await world.call('sync status --json')
    expect(status.json['ending']).toMatchObject({ word: 'consent', ok: true })
    const { waiting } = status.json['consent'] as { waiting: { remedy: string; events: number }[] }
    expect(waiting).toMatchObject([{ events: 2 }])
    expect((await shellIn(world).type(waiting[0]?.remedy ?? '')).code).toBe(0)
    expect((await world.call('sync now')).out).toContain('Nothing is left to deliver.')
  },
)
