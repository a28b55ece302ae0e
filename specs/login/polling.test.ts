import { createServer, type ServerResponse } from 'node:http'
import fc from 'fast-check'
import { expect } from 'vitest'
import { listening } from '../../fixtures/engine/listening.ts'
import { deviceLogin } from '../../packages/sync-engine/src/auth/device-flow.ts'
import { SyncError } from '../../packages/sync-engine/src/base/errors.ts'
import { spec } from '../spec.ts'

const EXPIRES_S = 600
const INTERVAL_S = 5

/** One answer: a status and a body, or a connection that ends without one. */
interface Step {
  readonly status: number
  readonly error?: string
  readonly retryAfter?: string
}

const RESET: Step = { status: 0 }
const PENDING: Step = { status: 400, error: 'authorization_pending' }
const SLOWER: Step = { status: 400, error: 'slow_down' }

/** What says nothing about the login. */
const TROUBLES: readonly Step[] = [
  RESET,
  ...[408, 429, 500, 502, 503, 504, 599].map((status) => ({ status })),
  { status: 429, error: 'too_many_requests' },
  { status: 503, error: 'temporarily_unavailable', retryAfter: '7' },
  { status: 429, retryAfter: '45' },
]

function send(response: ServerResponse, { status, error, retryAfter }: Step, body?: unknown): void {
  if (status === 0) {
    response.destroy()
    return
  }
  const after = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
  response.writeHead(status, { 'content-type': 'application/json', ...after })
  response.end(JSON.stringify(body ?? (error === undefined ? {} : { error })))
}

interface Played {
  readonly email?: string
  readonly error?: SyncError
  /** The waits in seconds, one before each request for tokens or for the profile. */
  readonly waitsS: readonly number[]
}

const DEVICE = {
  device_code: 'd',
  user_code: 'ABCD1234',
  verification_uri: 'http://127.0.0.1/device',
}
const TOKENS = { access_token: 'a', refresh_token: 'r', token_type: 'Bearer', expires_in: 600 }
const PROFILE = { email: 'kim@x.org', user_id: '1', name: 'Kim', teams: [{ id: 't', name: 'T' }] }

/** Logs in at a service that gives these answers, one after the other, and then what was asked for. */
async function play(
  polls: readonly Step[],
  profiles: readonly Step[] = [],
  clock: (passedMs: number) => number = (passedMs) => passedMs,
): Promise<Played> {
  const left: Readonly<Record<string, Step[]>> = {
    '/oauth/token': [...polls],
    '/api/v1/me': [...profiles],
  }
  const bodies: Readonly<Record<string, unknown>> = {
    '/oauth/token': TOKENS,
    '/api/v1/me': PROFILE,
  }
  const server = createServer((request, response) => {
    const at = request.url ?? ''
    const step = left[at]?.shift()
    const asked = bodies[at] ?? { ...DEVICE, expires_in: EXPIRES_S, interval: INTERVAL_S }
    if (step === undefined) send(response, { status: 200 }, asked)
    else send(response, step)
  })
  const url = await listening(server)
  const waitsS: number[] = []
  let passedMs = 0
  const sleep = (delayMs: number): Promise<void> => {
    waitsS.push(delayMs / 1000)
    passedMs += delayMs
    return Promise.resolve()
  }
  try {
    const edges = { now: () => clock(passedMs), sleep, show: () => undefined }
    const { email } = await deviceLogin(url, edges)
    return { email, waitsS }
  } catch (error) {
    if (!(error instanceof SyncError)) throw error
    return { error, waitsS }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

spec(
  ['SYNC/T034', 'SYNC/FR-016'],
  'no answer that says nothing about the login ends it: it is asked for again, also for whose it is',
  async () => {
    for (const trouble of TROUBLES)
      for (const times of [1, 3]) {
        const steps = Array.from({ length: times }, () => trouble)
        const shown = JSON.stringify([trouble, times])
        expect((await play([PENDING, ...steps, PENDING])).email, shown).toBe('kim@x.org')
        if (trouble.retryAfter === undefined)
          expect((await play([], steps)).email, shown).toBe('kim@x.org')
      }
  },
)

spec(
  ['SYNC/T034', 'SYNC/FR-016'],
  'each request waits as long as the service asks: its interval, five seconds more after each slow_down, a Retry-After',
  async () => {
    const step = fc.constantFrom(PENDING, SLOWER, ...TROUBLES)
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const { waitsS, error } = await play(steps)
        expect(error).toBeUndefined()
        let paceS = INTERVAL_S
        for (const [index, waitS] of waitsS.slice(0, steps.length + 1).entries()) {
          const before = steps[index - 1]
          if (before === SLOWER) paceS += 5
          const askedS = Math.max(paceS, Number(before?.retryAfter ?? 0))
          expect(waitS, JSON.stringify([steps, waitsS])).toBeGreaterThanOrEqual(askedS)
          const isTrouble = before !== undefined && before.status !== 400
          if (!isTrouble) expect(waitS).toBe(askedS)
          expect(waitS).toBeLessThanOrEqual(Math.max(askedS, 30))
        }
      }),
      { numRuns: 60 },
    )
  },
)

const always = (step: Step): readonly Step[] => Array.from({ length: 5_000 }, () => step)

spec(
  ['SYNC/T034', 'SYNC/FR-016'],
  'when the code has expired the login ends, whatever the clock does, and says what was the matter',
  async () => {
    const clocks = [
      (passedMs: number) => passedMs,
      () => 0,
      (passedMs: number) => -10 * passedMs,
      (passedMs: number) => Math.min(passedMs, 20_000),
    ]
    for (const clock of clocks) {
      const ends = [await play(always(PENDING), [], clock), await play(always(SLOWER), [], clock)]
      for (const { error } of ends) expect(error?.code).toBe('login-expired')
      const busy = await play(always({ status: 503 }), [], clock)
      expect(busy.error?.what).toBe(
        'the login failed: the code has expired, and at last the service answered HTTP 503',
      )
      const away = await play(always(RESET), [], clock)
      expect(away.error?.what).toMatch(/^the login failed: the code has expired, and at last the s/)
      for (const { waitsS } of [...ends, busy, away])
        expect(waitsS.reduce((sum, waitS) => sum + waitS, 0)).toBe(EXPIRES_S)
    }
    const forward = (passedMs: number) => passedMs + (passedMs > 10_000 ? 366 * 86_400_000 : 0)
    const jumped = await play([PENDING, PENDING, PENDING], [], forward)
    expect(jumped.email).toBe('kim@x.org')
  },
)

spec(
  ['SYNC/T034', 'SYNC/FR-016'],
  'a service that wants to be asked later than the code is good for is not waited for',
  async () => {
    for (const retryAfter of ['601', '9'.repeat(400), 'Fri, 01 Jan 2100 00:00:00 GMT']) {
      const { error, waitsS } = await play([{ status: 503, retryAfter }])
      expect([error?.code, waitsS]).toEqual(['login-failed', [INTERVAL_S]])
      expect(error?.what).toContain('HTTP 503')
    }
  },
)
