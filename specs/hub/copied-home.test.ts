import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { get, readAll } from '../../fixtures/hub/client.ts'
import { HubHome } from '../../fixtures/hub/home.ts'
import { silentLog } from '../../packages/hub/src/base/log.ts'
import { createTenant, createToken, openDatabase, startHub } from '../../packages/hub/src/index.ts'
import { spec } from '../spec.ts'

spec(
  ['SYNC/FR-012', 'SYNC/FR-007'],
  'a copied home is noticed by the hub, a new epoch goes on, and no event of either home is lost',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hub-copied-'))
    try {
      const database = await openDatabase({ folder: join(folder, 'data'), connections: 1 })
      const limits = { maxEvents: 1_000, maxBytes: 1_000_000, connections: 1 }
      const hub = await startHub({
        database,
        host: '127.0.0.1',
        port: 0,
        log: silentLog,
        ...limits,
      })
      const target = { url: hub.url, endpoint: `${hub.url}/api/v1/events/batch/` }
      const { secret } = await createToken(database, await createTenant(database, 'mine'), {
        label: 'spec',
        scopes: ['ingest', 'read'],
        requestsPerSecond: 1_000,
      })
      using home = HubHome.make()
      await home.aim(target.endpoint, secret)
      const events = [anEvent(), anEvent(), anEvent()]
      home.capture(events)
      await home.run(['sync', 'allow', '--all'])
      expect((await home.drain()).code).toBe(0)
      using copy = home.copy()
      const [mine, other] = [anEvent(), anEvent()]
      home.capture([mine])
      copy.capture([other])
      await home.run(['sync', 'allow', '--all'])
      await copy.run(['sync', 'allow', '--all'])
      expect((await home.drain()).code).toBe(0)
      const refused = await copy.drain()
      expect([refused.code, refused.out]).toEqual([
        1,
        expect.stringContaining('next: run: spec-kitty sync producer renew'),
      ])
      expect((await copy.run(['sync', 'status'])).out).toContain('spec-kitty sync producer renew')
      expect((await copy.run(['sync', 'producer', 'renew'])).code).toBe(0)
      expect((await copy.drain()).code).toBe(0)
      const stored = (await readAll(target, secret)).map(({ event }) => event.event_id)
      const all = [...events, mine, other].map(({ event_id }) => event_id)
      expect(stored.toSorted()).toEqual(all.toSorted())
      const { json } = await get(target, secret, '/api/v1/producers')
      expect(json['producers']).toHaveLength(2)
      for (const producer of json['producers'] as { gaps: unknown[]; watermark: number }[])
        expect(producer).toMatchObject({ gaps: [], watermark: 4 })
      await hub.stop()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
