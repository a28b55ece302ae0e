import { createServer } from 'node:http'
import { expect } from 'vitest'
import { listening } from '../../fixtures/engine/listening.ts'
import { deviceLogin } from '../../packages/sync-engine/src/auth/device-flow.ts'
import { SyncError } from '../../packages/sync-engine/src/base/errors.ts'
import { spec } from '../spec.ts'

/** Planted in every answer: nothing of what a service says but its error word may be shown. */
const PLANTED = 'planted-5e11a'
const html = `<html>${PLANTED}</html>`
const device = {
  ...{ device_code: PLANTED, user_code: 'ABCD1234', expires_in: 600, interval: 0 },
  verification_uri: 'http://127.0.0.1/device',
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

const answers: readonly Answer[] = [
  { status: 500, body: html },
  { status: 503, body: { detail: PLANTED } },
  { status: 404, body: html },
  { status: 200, body: html },
  { status: 200, body: {} },
  { status: 200, body: { device_code: [PLANTED], access_token: [PLANTED] } },
  { status: 201, body: { device_code: PLANTED } },
  { status: 400, body: { error: 'invalid_client', error_description: PLANTED } },
  { status: 400, body: { error: `${PLANTED} ${'x'.repeat(5_000)}` } },
  { status: 401, body: { error: { nested: PLANTED } } },
  { status: 429, body: { error: `ghp_${PLANTED}` } },
  { status: 302, body: { error: PLANTED } },
]

spec(
  ['SYNC/T034', 'SYNC/FR-016'],
  'a login that fails names the address and what is wrong, in a short sentence without the answer',
  async () => {
    for (const answer of answers)
      for (const at of ['/oauth/device', '/oauth/token']) {
        const { message, where } = await failureOf(at, answer)
        const shown = `${at} ${JSON.stringify(answer).slice(0, 60)}: ${message}`
        expect(where, shown).toContain(at)
        expect(message, shown).toMatch(/^the login failed: /)
        const told = answer.status === 200 ? 'not what OAuth asks for' : `HTTP ${answer.status}`
        expect(message, shown).toContain(told)
        expect(message.length, shown).toBeLessThan(160)
        expect(message, shown).not.toContain(PLANTED)
        if (answer.status !== 200) expect(message, shown).not.toMatch(/conform|response/)
      }
  },
)

/** Logs in at a service that gives one of its two answers. */
async function failureOf(
  at: string,
  answer: Answer,
): Promise<{ message: string; where: string | undefined }> {
  const server = createServer((request, response) => {
    const { status, body } = request.url === at ? answer : { status: 200, body: device }
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    response.writeHead(status, { 'content-type': 'application/json' }).end(text)
  })
  const url = await listening(server)
  const sleep = (): Promise<void> => Promise.resolve()
  try {
    await deviceLogin(url, { now: () => 0, sleep, show: () => undefined })
  } catch (error) {
    if (error instanceof SyncError) return { message: error.what, where: error.where }
    throw error
  } finally {
    server.closeAllConnections()
    server.close()
  }
  throw new Error(`the login went through: ${JSON.stringify(answer)}`)
}
