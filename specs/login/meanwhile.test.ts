import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect } from 'vitest'
import { layLogin } from '../../fixtures/cli/login.ts'
import { temporaryHome } from '../../fixtures/engine/home.ts'
import { listening } from '../../fixtures/engine/listening.ts'
import { usableSession } from '../../packages/sync-engine/src/auth/access.ts'
import {
  readSession,
  removeSession,
  writeSession,
  type Session,
} from '../../packages/sync-engine/src/auth/session.ts'
import { spec } from '../spec.ts'

/** What another process does while the service renews the login, and whose login is there afterwards. */
const MEANWHILE: Readonly<
  Record<string, readonly [act: (path: string, before: Session) => void, email: string | undefined]>
> = {
  nothing: [() => undefined, 'robin@canary.example'],
  'a logout': [removeSession, undefined],
  'a login of somebody else': [
    (path, before) => writeSession(path, { ...before, email: 'kim@x.org', accessToken: 'kim' }),
    'kim@x.org',
  ],
  'a new login of the same person': [
    (path, before) => writeSession(path, { ...before, accessToken: 'later' }),
    'robin@canary.example',
  ],
  'a logout and a login of somebody else': [
    (path, before) => {
      removeSession(path)
      writeSession(path, { ...before, email: 'kim@x.org', accessToken: 'kim' })
    },
    'kim@x.org',
  ],
}

for (const [what, [act, email]] of Object.entries(MEANWHILE))
  spec(
    ['SYNC/FR-016', 'SYNC/C-008'],
    `a renewal does not undo what happened meanwhile: ${what}`,
    async () => {
      using folder = temporaryHome()
      const path = join(folder.home, 'auth', 'session.json')
      const server = createServer((_, response) => {
        act(path, readSession(path)!)
        response.end(JSON.stringify({ access_token: 'renewed', expires_in: 600 }))
      })
      layLogin(folder.home, await listening(server))
      const late = Date.now() + 3_599_000
      const usable = await usableSession(path, late).catch(() => undefined)
      server.close()
      const stored = readSession(path)
      expect([stored?.email, usable?.email]).toEqual([email, email])
      expect(usable?.accessToken).toBe(stored?.accessToken)
      if (what !== 'nothing') expect(stored?.accessToken).not.toBe('renewed')
    },
  )
