/**
 * Plays a daemon of the Python generation: its word in the command line, its open health endpoint with
 * the token in clear, its shutdown by token. Arguments: `run_sync_daemon <state file | -> <told token>`.
 */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

const [, stateFile = '-', shownToken = 'secret'] = process.argv.slice(2)
const token = 'secret'

const server = createServer((request, response) => {
  void text(request).then((body) => {
    response.setHeader('content-type', 'application/json')
    if (request.url === '/api/health') {
      response.end(
        JSON.stringify({
          status: 'ok',
          token: shownToken,
          protocol_version: 1,
          package_version: '3.2.0rc15',
        }),
      )
      return
    }
    const isAllowed = request.url === '/api/shutdown' && body === JSON.stringify({ token })
    response.statusCode = isAllowed ? 200 : 403
    response.end('{"status":"stopping"}', () => {
      if (isAllowed) process.exit(0)
    })
  })
})

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  const state = [`http://127.0.0.1:${port}`, port, token, process.pid]
  if (stateFile !== '-') writeFileSync(stateFile, `${state.join('\n')}\n`, { mode: 0o600 })
  process.stdout.write('listening\n')
})
