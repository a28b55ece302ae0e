import { expect } from 'vitest'
import { readTokens } from '../../packages/sync-engine/src/auth/device-flow.ts'
import { isUsable } from '../../packages/sync-engine/src/auth/session.ts'
import { spec } from '../spec.ts'

const NOW = Date.parse('2026-05-20T12:00:00Z')
const YEAR_MS = 366 * 86_400_000
const LIFETIMES = [0, -1, -1e300, 0.5, 3600, 1e12, 1e300, Number.MAX_VALUE] as const
const ENDS = [undefined, 'never', '', '2026-99-99', '2026-05-21T12:00:00Z'] as const

spec(
  ['SYNC/T034', 'SYNC/FR-004'],
  'whatever lifetime a service names, the login has times that are dates, and none that is none ends it',
  () => {
    for (const expires_in of LIFETIMES)
      for (const refresh_token_expires_in of [undefined, ...LIFETIMES])
        for (const refresh_token_expires_at of ENDS) {
          const answer = { expires_in, refresh_token_expires_in, refresh_token_expires_at }
          const tokens = readTokens({ ...answer, refresh_token: 'r' }, 'a', NOW)
          const { accessExpiresAt, refreshExpiresAt = accessExpiresAt } = tokens
          for (const at of [accessExpiresAt, refreshExpiresAt])
            expect(Math.abs(Date.parse(at) - NOW), JSON.stringify(answer)).toBeLessThan(
              11 * YEAR_MS,
            )
          const session = { serverUrl: '', userId: '', email: '', name: '', teams: [] }
          const isNamed = refresh_token_expires_in !== undefined
          const ends = isNamed && refresh_token_expires_in <= 0
          const isDated = refresh_token_expires_at?.endsWith('Z') === true
          expect(
            isUsable({ ...session, ...tokens, sessionId: '', issuedAt: '' }, NOW),
            JSON.stringify(answer),
          ).toBe(isDated || !ends)
        }
  },
)
