import { execa } from 'execa'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, request, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect } from 'vitest'
import { loggedInWorld, type LoggedInWorld } from '../../fixtures/cli/world.ts'
import { USER_AGENT } from '../../packages/sync-engine/src/base/network.ts'
import { spec } from '../spec.ts'

interface Certificate {
  readonly key: string
  readonly cert: string
  readonly file: string
}

/** A certificate for localhost that only this test trusts. */
async function certificateIn(folder: string): Promise<Certificate> {
  const [keyFile, file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  await execa('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    keyFile,
    '-out',
    file,
    ...names,
  ])
  return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(file, 'utf8'), file }
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** The hosted service behind TLS. */
function frontOf(service: string, { key, cert }: Certificate, agents: string[]): Server {
  return createTlsServer({ key, cert }, (incoming, answer) => {
    agents.push(String(incoming.headers['user-agent']))
    const passed = request(
      `${service}${incoming.url ?? ''}`,
      { method: incoming.method, headers: incoming.headers },
      (reply) => {
        answer.writeHead(reply.statusCode ?? 500, reply.headers)
        reply.pipe(answer)
      },
    )
    incoming.pipe(passed)
  })
}

/** A proxy that opens tunnels, and notes to where. */
function proxyOn(server: Server, tunnels: string[]): Server {
  return server.on('connect', (incoming: IncomingMessage, client: Socket) => {
    tunnels.push(incoming.url ?? '')
    const [, port] = (incoming.url ?? '').split(':')
    const target = connect(Number(port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      target.pipe(client).pipe(target)
    })
    for (const socket of [client, target]) socket.on('error', () => socket.destroy())
  })
}

async function deliverThrough(
  world: LoggedInWorld,
  kind: 'http' | 'https',
): Promise<{ tunnels: string[]; agents: string[]; front: number }> {
  const certificate = await certificateIn(world.folder)
  const tunnels: string[] = []
  const agents: string[] = []
  const plain = kind === 'http' ? createServer() : createTlsServer(certificate)
  const proxy = proxyOn(plain, tunnels)
  const front = frontOf(world.service.url, certificate, agents)
  try {
    const [proxyPort, frontPort] = [await listening(proxy), await listening(front)]
    const env = {
      SPEC_KITTY_HOME: join(world.folder, `home-${kind}`),
      SPEC_KITTY_SAAS_URL: `https://localhost:${frontPort}`,
      NODE_EXTRA_CA_CERTS: certificate.file,
      HTTPS_PROXY: `${kind}://localhost:${proxyPort}`,
    }
    for (const line of ['auth login --headless', 'agent mission create demo', 'sync now']) {
      const { code, err } = await world.run(line, env)
      expect([line, code], err).toEqual([line, 0])
    }
    const seen = tunnels.length
    const without = await world.run('sync now', { ...env, NO_PROXY: 'localhost' })
    expect([without.code, tunnels.length]).toEqual([0, seen])
    return { tunnels, agents, front: frontPort }
  } finally {
    for (const server of [proxy, front]) {
      server.closeAllConnections()
      server.close()
    }
  }
}

for (const kind of ['http', 'https'] as const)
  spec(
    ['SYNC/T033', 'SYNC/SC-009'],
    `login and delivery to a TLS server go through an ${kind} proxy, and every request says who asks`,
    async () => {
      await using world = await loggedInWorld({ firstAnswer: 'success' })
      const seen = await deliverThrough(world, kind)
      expect(world.service.events.size).toBe(2)
      expect(new Set(seen.tunnels)).toEqual(new Set([`localhost:${seen.front}`]))
      expect(new Set(seen.agents)).toEqual(new Set([USER_AGENT]))
    },
  )

spec('SYNC/T033', 'the version that a request names is that of the package', () => {
  const file = new URL('../../packages/sync-engine/package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  expect(USER_AGENT).toBe(`spec-kitty-sync/${version}`)
})
