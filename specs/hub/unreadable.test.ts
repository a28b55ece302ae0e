import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'
import { silentLog } from '../../packages/hub/src/base/log.ts'
import { openDatabase, startHub } from '../../packages/hub/src/index.ts'
import { spec } from '../spec.ts'

/** Requests that no client of ours sends, and the status that each is answered with. */
const REQUESTS = {
  'no host': ['GET /livez HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
  'an unknown expectation': [
    'GET /livez HTTP/1.1\r\nhost: x\r\nexpect: wonders\r\nconnection: close\r\n\r\n',
    400,
  ],
  'two lengths': [
    'POST /livez HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
    400,
  ],
  'two hosts': ['GET /livez HTTP/1.1\r\nhost: x\r\nhost: y\r\nconnection: close\r\n\r\n', 400],
  'no HTTP at all': ['\u0016\u0003\u0001\r\n\r\n', 400],
  'a tunnel': ['CONNECT other:443 HTTP/1.1\r\nhost: x\r\n\r\n', 405],
  'an unknown method': ['BREW /livez HTTP/1.1\r\nhost: x\r\n\r\n', 400],
  // A hub cannot know all its names, so the host of an address in its whole form is not looked at.
  'an address of another protocol': [
    'GET ftp://other/livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
    404,
  ],
} as const

spec(
  ['SYNC/FR-014', 'SYNC/FR-008'],
  'whatever a request looks like, its refusal is an error document, and a wrong address has its own remedy',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hub-unreadable-'))
    const database = await openDatabase({ folder: join(folder, 'data'), connections: 1 })
    const limits = { maxEvents: 1_000, maxBytes: 1_000_000, connections: 1 }
    const start = (host: string) => startHub({ database, host, port: 0, log: silentLog, ...limits })
    const hub = await start('127.0.0.1')
    try {
      for (const [what, [bytes, status]] of Object.entries(REQUESTS)) {
        const socket = connect(Number(new URL(hub.url).port), '127.0.0.1')
        socket.write(bytes)
        const answer = await text(socket)
        expect(answer, what).toContain(`HTTP/1.1 ${status} `)
        expect(answer, what).toMatch(/content-type: application\/problem\+json/i)
        expect(answer, what).toContain('"type":"/problems/')
      }
      await expect(start('192.0.2.1')).rejects.toMatchObject({
        next: expect.stringContaining('--host') as string,
      })
    } finally {
      await hub.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
