import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { get, post, readAll } from '../../fixtures/hub/client.ts'
import { referenceConsumer } from '../../fixtures/hub/consumer.ts'
import { silentLog } from '../../packages/hub/src/base/log.ts'
import {
  createTenant,
  createToken,
  openDatabase,
  startHub,
  type Tenant,
} from '../../packages/hub/src/index.ts'
import { spec } from '../spec.ts'

const text = (fields: object = {}): string => JSON.stringify(anEvent(fields))

spec(
  'SYNC/FR-008',
  'the embedded database behaves like the server, with the same SQL',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hub-embedded-'))
    const open = (): ReturnType<typeof openDatabase> =>
      openDatabase({ folder: join(folder, 'data'), connections: 1 })
    try {
      const database = await open()
      await expect(open()).rejects.toMatchObject({ code: 'folder-in-use' })
      const limits = { maxEvents: 1_000, maxBytes: 1_000_000, connections: 1 }
      const hub = await startHub({
        database,
        host: '127.0.0.1',
        port: 0,
        log: silentLog,
        ...limits,
      })
      const target = { url: hub.url, endpoint: `${hub.url}/api/v1/events/batch/` }
      const secretOf = async (tenant: Tenant): Promise<string> =>
        (
          await createToken(database, tenant, {
            label: 'spec',
            scopes: ['ingest', 'read'],
            requestsPerSecond: 1_000,
          })
        ).secret
      const mine = await secretOf(await createTenant(database, 'mine'))
      const theirs = await secretOf(await createTenant(database, 'theirs'))
      const event = anEvent()
      const batch = [JSON.stringify(event), text(), text({ surprise: 1 })]
      const producer = { id: 'journal', epoch: 1, sequences: [1, 3, 4] }
      const words = async (): Promise<string[]> =>
        (await post(target, mine, batch, {}, producer)).results.map((one) => one.status)
      expect(await words()).toEqual(['success', 'success', 'failed_permanent'])
      expect(await words()).toEqual(['duplicate', 'duplicate', 'failed_permanent'])
      const other = JSON.stringify({ ...event, build_id: 'other' })
      expect((await post(target, mine, [other])).results).toMatchObject([
        { error_category: 'conflict' },
      ])
      expect((await get(target, mine, '/api/v1/producers')).json).toMatchObject({
        producers: [{ watermark: 1, gaps: [[2, 2]] }],
      })
      const copied = { id: 'journal', epoch: 1, sequences: [3] }
      expect((await post(target, mine, [text()], {}, copied)).status).toBe(409)
      expect(await readAll(target, theirs)).toEqual([])
      const stop = new AbortController()
      const seen: string[] = []
      await referenceConsumer(hub.url, mine, '0', stop.signal, ({ event_id }) => {
        seen.push(event_id)
        if (seen.length === 2) stop.abort()
      })
      expect(seen[0]).toBe(event.event_id)
      await hub.stop()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
