import { WebSocket } from 'undici'
import { expect } from 'vitest'
import { spec } from '../spec.ts'
import { type Line, openLine } from './calling.ts'

/** Opens the socket; the first message, or null where the service refused the upgrade. */
async function firstMessage(
  line: Line,
  query: string,
  headers: Record<string, string> = {},
): Promise<{ message: unknown; socket: WebSocket } | null> {
  const address = `${line.service.url.replace('http', 'ws')}/ws/v1/events${query}`
  const socket = new WebSocket(address, { headers })
  return new Promise((resolve) => {
    socket.addEventListener('message', ({ data }) => {
      resolve({ message: JSON.parse(String(data)), socket })
    })
    socket.addEventListener('error', () => {
      resolve(null)
    })
  })
}

async function socketToken(line: Line): Promise<string> {
  await line.login()
  const { body } = await line.json('/api/v1/ws-token', { team_id: 'team-robin' })
  return String(body['ws_token'])
}

spec('GATE/FR-007', 'the live socket greets with a snapshot and closes when asked to', async () => {
  await using line = await openLine()
  const token = await socketToken(line)
  const opened = await firstMessage(line, `?token=${token}`)
  expect(opened?.message).toEqual({ type: 'snapshot', work_packages: [] })
  const closed = new Promise((resolve) => opened?.socket.addEventListener('close', resolve))
  opened?.socket.close(1000, 'enough')
  expect(await closed).toMatchObject({ code: 1000, wasClean: true })
})

spec('GATE/FR-007', 'a later candidate shows the same token as a bearer token', async () => {
  await using line = await openLine()
  const token = await socketToken(line)
  const opened = await firstMessage(line, '', { authorization: `Bearer ${token}` })
  expect(opened?.message).toMatchObject({ type: 'snapshot' })
})

spec('GATE/FR-007', 'without its token the socket is refused; no token is recorded', async () => {
  await using line = await openLine()
  const token = await socketToken(line)
  expect(await firstMessage(line, '?token=wst_guessed')).toBeNull()
  await firstMessage(line, `?token=${token}`)
  const upgrades = line.service.requests.filter(({ path }) => path === '/ws/v1/events')
  // The client asks twice before it believes a 401.
  expect(new Set(upgrades.map(({ status }) => status))).toEqual(new Set([401, 101]))
  expect(JSON.stringify(line.service.requests)).not.toContain(token)
})
