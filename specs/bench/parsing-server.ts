/** A receiver in a process of its own: parses every batch of up to 500 events and takes each event. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const LIMITS = { max_events_per_batch: 500, max_decompressed_bytes_per_batch: 1_000_000 }

const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json')
  if (request.method === 'GET') {
    response.end(JSON.stringify({ sync_ingress: { limits: LIMITS } }))
    return
  }
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const text = Buffer.concat(chunks).toString('utf8')
    const { events } = JSON.parse(text) as { events: { event_id: string }[] }
    const results = events.map(({ event_id }) => ({ event_id, status: 'success' }))
    response.end(JSON.stringify({ results }))
  })
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
