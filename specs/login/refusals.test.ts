import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect } from 'vitest'
import { layLogin } from '../../fixtures/cli/login.ts'
import { temporaryHome } from '../../fixtures/engine/home.ts'
import { listening } from '../../fixtures/engine/listening.ts'
import { usableSession } from '../../packages/sync-engine/src/auth/access.ts'
import { SyncError } from '../../packages/sync-engine/src/base/errors.ts'
import { spec } from '../spec.ts'

const BODIES = ['', '<html>log in</html>', '{}', '{"error":"invalid_grant"}', '{"access_token":7}']
const STATUSES = [200, 201, 204, 301, 302, 400, 401, 403, 404, 407, 408, 418, 429, 500, 502, 503]

spec(
  ['SYNC/T034', 'SYNC/FR-016'],
  'only a refusal ends a login; whatever else answers a renewal, it is asked for again later',
  async () => {
    for (const status of STATUSES)
      for (const body of BODIES) {
        using folder = temporaryHome()
        const path = join(folder.home, 'auth', 'session.json')
        const server = createServer((_, response) => {
          response.writeHead(status, { location: '/elsewhere' })
          response.end(status === 204 ? undefined : body)
        })
        const url = await listening(server)
        layLogin(folder.home, url)
        const before = readFileSync(path, 'utf8')
        const late = Date.now() + 3_599_000
        const failure = await usableSession(path, late).catch((error: unknown) => error)
        server.closeAllConnections()
        server.close()
        const { code, what } = failure as SyncError
        const isRefused = status === 400 || status === 401
        const expected = isRefused ? 'not-logged-in' : 'network'
        expect([status, body, code]).toEqual([status, body, expected])
        if (!isRefused) expect(what).toContain(said(status))
        expect(readFileSync(path, 'utf8')).toBe(before)
      }
  },
)

/** What Node makes of an answer that only a proxy may give is its own. */
function said(status: number): string {
  if (status === 407) return 'did not answer'
  return `did not renew the login: ${status === 200 ? 'its answer has no' : `HTTP ${status}`}`
}
