import { remedyText } from '../../packages/sync-engine/src/base/remedies.ts'
import { expect } from 'vitest'
import { eventOfSize, someEvents } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { HURRIED, external, loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import type { Journal } from '../../packages/sync-engine/src/journal/journal.ts'
import type { DeliveryReceiver } from '../../packages/sync-engine/src/receivers/contract.ts'
import {
  externalReceiver,
  stubReceiver,
} from '../../packages/sync-engine/src/receivers/external.ts'
import { startStubServer } from '../../packages/sync-engine/src/receivers/stub-server.ts'
import { spec } from '../spec.ts'

const ledgerRows = (journal: Journal): unknown[] =>
  journal.db
    .prepare(
      `SELECT seq, status, attempts, first_attempted_at_ms, last_attempted_at_ms, next_attempt_at_ms,
      http_status, category, detail FROM ledger ORDER BY generation_id, seq`,
    )
    .all()

async function deliver(journal: Journal, receiver: DeliveryReceiver): Promise<void> {
  await drain({ journal, receiver, retryPolicy: HURRIED })
  await receiver.close()
}

spec(
  ['SYNC/T034', 'SYNC/T037'],
  'Teamspace gets gzip, a bearer token and the team, at the batch address',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer()
    const events = someEvents(3)
    capture(world.journal, events)
    await deliver(world.journal, loggedIn(server.url, { compress: true }))
    const [batch] = server.batches
    expect(batch).toMatchObject({
      path: '/api/v1/events/batch/',
      ids: events.map(({ event_id }) => event_id),
      headers: {
        authorization: 'Bearer at-secret',
        'x-team-slug': 'private-dev',
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
    })
  },
)

spec('SYNC/T034', 'the limits of the health page cut the batches', async () => {
  using world = temporaryJournal()
  await using server = await startScriptedServer()
  server.health = {
    sync_ingress: { limits: { max_events_per_batch: 4, max_decompressed_bytes_per_batch: 4_000 } },
  }
  capture(world.journal, [...someEvents(6), eventOfSize(3_000), eventOfSize(3_000)])
  await deliver(world.journal, loggedIn(server.url))
  expect(server.batches.every(({ ids, bytes }) => ids.length <= 4 && bytes <= 3_600)).toBe(true)
  expect(server.stored.size).toBe(8)
})

spec(
  ['SYNC/T034', 'SYNC/FR-014'],
  'each closed gate of Teamspace is named with its remedy and nothing is sent',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer()
    capture(world.journal, someEvents(1))
    const noTeam = { accessToken: 'at', userEmail: 'u' }
    const gates = [
      [{ enabled: false }, 'saas_disabled', 'SPEC_KITTY_ENABLE_SAAS_SYNC=1'],
      [{ access: () => Promise.resolve(undefined) }, 'missing_auth', 'spec-kitty auth login'],
      [{ access: () => Promise.resolve(noTeam) }, 'private_teamspace_gate', 'private'],
      [{ access: () => Promise.reject(new Error('no route')) }, 'network_unavailable', 'network'],
    ] as const
    for (const [options, reason, remedy] of gates) {
      const { stop } = await drain({
        journal: world.journal,
        receiver: loggedIn(server.url, options),
      })
      expect(stop).toMatchObject({ kind: 'blocked', reason })
      expect(stop.kind === 'blocked' && `${stop.what} ${remedyText(stop.remedy)}`).toContain(remedy)
    }
    expect(server.batches).toEqual([])
  },
)

spec(
  ['SYNC/T035', 'SYNC/FR-007'],
  "an operator's own server gets the same batches with the operator's headers and no Teamspace gate",
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer()
    capture(world.journal, someEvents(2))
    await deliver(
      world.journal,
      externalReceiver({
        endpoint: `${server.url}/my/hook`,
        headers: { authorization: 'Basic own' },
      }),
    )
    expect(server.batches).toMatchObject([
      { path: '/my/hook', headers: { authorization: 'Basic own' } },
    ])
    expect(server.batches[0]?.headers).not.toHaveProperty('x-team-slug')
    expect(ledgerRows(world.journal)).toMatchObject([{ status: 'success' }, { status: 'success' }])
  },
)

spec('SYNC/T035', 'an external target without an address is refused with the remedy', () => {
  expect(() => externalReceiver({ endpoint: ' ' })).toThrow(
    expect.objectContaining({ code: 'endpoint-missing' }),
  )
})

spec(
  ['SYNC/T036', 'SYNC/FR-008', 'SYNC/SC-005'],
  'the stub takes events over a real socket without credentials, once each',
  async () => {
    using world = temporaryJournal()
    const stored: string[] = []
    await using stub = await startStubServer({
      onStored: (event) => stored.push(String(event['event_id'])),
    })
    const events = someEvents(5)
    capture(world.journal, events)
    await deliver(world.journal, stubReceiver({ endpoint: stub.endpoint }))
    expect(stored).toEqual(events.map(({ event_id }) => event_id))
    expect([...stub.events.values()][0]).toEqual(events[0])
    const again = await fetch(stub.endpoint, { method: 'POST', body: JSON.stringify({ events }) })
    expect(await again.json()).toMatchObject({
      results: events.map(({ event_id }) => ({ event_id, status: 'duplicate' })),
    })
  },
)

spec(
  'SYNC/T036',
  'the stub has limits like a real service and says when its port is taken',
  async () => {
    using world = temporaryJournal()
    await using stub = await startStubServer({ maxBytes: 2_000 })
    capture(world.journal, [...someEvents(9), eventOfSize(3_000)])
    await deliver(world.journal, stubReceiver({ endpoint: stub.endpoint }))
    expect(stub.events.size).toBe(9)
    expect(ledgerRows(world.journal).at(-1)).toMatchObject({
      status: 'terminal-failed',
      category: 'oversized_event',
    })
    await expect(startStubServer({ port: stub.port })).rejects.toMatchObject({ code: 'port-taken' })
    const nonsense = await fetch(stub.endpoint, { method: 'POST', body: 'nonsense' })
    expect(nonsense.status).toBe(400)
  },
)

spec(
  ['SYNC/T038', 'SYNC/SC-007', 'SYNC/C-001'],
  'equivalent answers of Teamspace, an external server and the stub leave identical ledgers',
  async () => {
    const words = [
      'success',
      'duplicate',
      'queued',
      'rejected',
      'no such word',
      'failed_permanent',
      'absent',
    ]
    const ledgers: unknown[][] = []
    for (const receiverOf of [
      (url: string) => loggedIn(url),
      (url: string) => external(`${url}/hook`),
      (url: string) => stubReceiver({ endpoint: `${url}/stub` }),
    ]) {
      using world = temporaryJournal()
      const events = someEvents(words.length)
      capture(world.journal, events)
      await using server = await startScriptedServer(() => ({
        kind: 'results',
        of: (id) => {
          const word = words[events.findIndex(({ event_id }) => event_id === id)] ?? ''
          if (word === 'success') return undefined
          return word === 'absent' ? {} : { status: word, error: 'said the server' }
        },
      }))
      await deliver(world.journal, receiverOf(server.url))
      ledgers.push(ledgerRows(world.journal))
    }
    expect(ledgers[0]).toMatchObject(
      [
        'success',
        'duplicate',
        'pending',
        'rejected',
        'transient',
        'terminal-failed',
        'transient',
      ].map((status) => ({ status })),
    )
    expect(ledgers[1]).toEqual(ledgers[0])
    expect(ledgers[2]).toEqual(ledgers[0])
  },
)
