import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect } from 'vitest'
import { anEvent } from '../../../fixtures/engine/events.ts'
import { get, post } from '../../../fixtures/hub/client.ts'
import { startCluster, whyNoCluster } from '../../../fixtures/hub/cluster.ts'
import { hubProcess, tokenFor } from '../../../fixtures/hub/hub.ts'
import { spec } from '../../spec.ts'

const missing = whyNoCluster()
const CONNECTIONS = 10_000

describe.skipIf(missing !== undefined)(`attacks on a hub ${missing ?? ''}`, () => {
  spec(
    'SYNC/FR-014',
    'ten thousand idle connections and slow senders are closed, honest ones served',
    async () => {
      await using cluster = await startCluster()
      const database = await cluster.createDatabase()
      const token = await tokenFor(database, 'acme')
      const hub = await hubProcess(database)
      const target = { url: hub.url, endpoint: `${hub.url}/api/v1/events/batch/` }
      const port = Number(new URL(hub.url).port)
      try {
        const sockets: Socket[] = []
        for (let batch = 0; batch < CONNECTIONS / 500; batch += 1)
          sockets.push(...(await Promise.all(Array.from({ length: 500 }, () => opened(port)))))
        expect(sockets.length).toBe(CONNECTIONS)
        const [slow] = sockets
        slow?.write('POST /api/v1/events/batch/ HTTP/1.1\r\nhost: x\r\nx: ')
        const { results } = await post(target, token, [JSON.stringify(anEvent())])
        expect(results).toMatchObject([{ status: 'success' }])
        for (const socket of sockets) if (!socket.closed) await once(socket, 'close')
        expect((await get(target, '', '/readyz')).status).toBe(200)
        expect(hub.process.exitCode).toBeNull()
      } finally {
        await hub.end('SIGTERM')
      }
    },
  )
})

/** A connection that waits until the hub closes it. */
async function opened(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.resume()
  await once(socket, 'connect')
  return socket
}
