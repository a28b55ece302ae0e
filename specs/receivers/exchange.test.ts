import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Agent } from 'undici'
import { expect } from 'vitest'
import { exchange } from '../../packages/sync-engine/src/receivers/exchange.ts'
import type { HttpReply } from '../../packages/sync-engine/src/receivers/interpret.ts'
import { spec } from '../spec.ts'

/** One exchange with a server that answers like this. */
async function answered(listener: RequestListener, timeoutMs = 10_000): Promise<HttpReply> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const agent = new Agent({ connections: 1 })
  try {
    const message = { method: 'POST', headers: {}, body: Buffer.from('{}'), timeoutMs } as const
    return await exchange(agent, `http://127.0.0.1:${port}/in?way=here`, message)
  } finally {
    await agent.destroy()
    server.closeAllConnections()
    server.close()
  }
}

spec('SYNC/T033', 'an answer is read whole, with its status and how long to wait', async () => {
  const text = 'é'.repeat(200_000)
  const reply = await answered((request, response) => {
    response.writeHead(503, { 'retry-after': '7' })
    for (const part of [text.slice(0, 99_999), text.slice(99_999)]) response.write(part)
    response.end(request.url)
  })
  expect(reply).toEqual({ status: 503, retryAfter: '7', body: `${text}/in?way=here` })
})

spec(
  'SYNC/T033',
  'a server that stays silent, or falls silent amid its answer, is given up in time',
  async () => {
    const late = 'no answer within 0.2 seconds'
    await expect(answered(() => undefined, 200)).rejects.toThrow(late)
    const begins: RequestListener = (_, response) => void response.write('{"results":')
    await expect(answered(begins, 200)).rejects.toThrow(late)
  },
)

spec(
  'SYNC/T033',
  'an answer that breaks off is a failure of the connection, never an answer',
  async () => {
    const breaksOff: RequestListener = (_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{"results":[]}', () => response.destroy())
    }
    await expect(answered(breaksOff)).rejects.toThrow(/closed/)
  },
)
