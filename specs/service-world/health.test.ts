import { execa } from 'execa'
import { join } from 'node:path'
import { expect } from 'vitest'
import { spec } from '../spec.ts'
import { event, openLine } from './calling.ts'

spec('GATE/FR-005', 'the healthy service answers both endpoints in the hosted shapes', async () => {
  await using line = await openLine()
  const health = await line.get('/health/')
  expect(health.status).toBe(200)
  expect(Object.keys(health.body)).toEqual([
    'status',
    'service',
    'version',
    'git_sha',
    'build_timestamp',
    'spec_kitty_events',
    'environment',
  ])
  expect(health.body).toMatchObject({ status: 'ok', spec_kitty_events: '5.1.0' })
  const ready = await line.get('/health/ready/')
  expect(ready).toMatchObject({ status: 200, body: { status: 'ready' } })
  const dependencies = ready.body['dependencies'] as Record<string, unknown>
  expect(Object.keys(dependencies)).toEqual([
    'postgres',
    'redis',
    'channel_layer',
    'celery_broker',
    'drain_queue',
  ])
  expect(dependencies['drain_queue']).toEqual({
    status: 'ok',
    oldest_pending_age_seconds: null,
    retryable_count: 0,
    terminal_failed_count: 0,
    business_rule_rejected_count: 22,
  })
})

spec(
  'GATE/NFR-002',
  'one infrastructure failure makes the service not ready and says why',
  async () => {
    await using line = await openLine()
    line.service.drain.terminalFailedCount = 1
    const ready = await line.get('/health/ready/')
    expect(ready.status).toBe(503)
    expect(ready.body).toMatchObject({
      dependencies: {
        drain_queue: {
          status: 'degraded',
          reason: 'terminal_failed_count_exceeded',
          terminal_failed_count: 1,
        },
      },
    })
  },
)

spec('GATE/FR-005', 'an event that does not drain shows as the oldest pending one', async () => {
  let now = 1_000_000
  await using line = await openLine({ drain: { stalled: true }, now: () => now })
  await line.login()
  await line.batch([event()])
  now += 61_000
  const ready = await line.get('/health/ready/')
  expect(ready.body).toMatchObject({
    dependencies: { drain_queue: { oldest_pending_age_seconds: 61 } },
  })
})

spec(
  ['GATE/FR-006', 'GATE/C-002'],
  'the 22 historical rows can be printed by content, the same ones in every world',
  async () => {
    await using line = await openLine()
    await using other = await openLine()
    const one = await printRows(line.service.url)
    expect(one).toHaveLength(22)
    expect(
      one.every(
        (row) =>
          row['state'] === 'terminal_failed' && row['last_failure_class'] === 'business_rule',
      ),
    ).toBe(true)
    expect(await printRows(other.service.url)).toEqual(one)
    line.service.rows[3] = { ...line.service.rows[3]!, attempts: 6 }
    expect(await printRows(line.service.url)).not.toEqual(one)
    expect(line.service.requests.filter((request) => request.mutating)).toEqual([])
  },
)

spec(
  'GATE/FR-005',
  'faults strike the request they name: late, replaced, patched, or cut off',
  async () => {
    await using line = await openLine({
      faults: [
        {
          route: 'GET /health/',
          nth: [1],
          effect: { kind: 'answer', status: 503, body: { detail: 'down' } },
        },
        { route: 'GET /health/', nth: [2], effect: { kind: 'patch', body: { git_sha: 'moved' } } },
        { route: 'GET /health/', nth: [3], effect: { kind: 'reset' } },
        { route: 'GET /health/ready/', delayMs: 120, effect: { kind: 'slow' } },
      ],
    })
    expect(await line.get('/health/')).toMatchObject({ status: 503, body: { detail: 'down' } })
    expect(await line.get('/health/')).toMatchObject({
      status: 200,
      body: { git_sha: 'moved', status: 'ok' },
    })
    await expect(line.get('/health/')).rejects.toThrow()
    expect((await line.get('/health/')).body['git_sha']).not.toBe('moved')
    const before = Date.now()
    await line.get('/health/ready/')
    expect(Date.now() - before).toBeGreaterThanOrEqual(115)
  },
)

spec('GATE/FR-009', 'every mutation is counted by its route, reading is not', async () => {
  await using line = await openLine()
  await line.login()
  await line.batch([event()])
  await line.get('/health/')
  const { body } = await line.get('/admin/counters')
  expect(body['mutations']).toBe(3)
  expect(body['byRoute']).toMatchObject({ 'POST /api/v1/events/batch/': 1, 'GET /health/': 1 })
})

async function printRows(url: string): Promise<Record<string, unknown>[]> {
  const program = join(import.meta.dirname, '..', '..', 'fixtures', 'service', 'print-rows.ts')
  const { stdout } = await execa(process.execPath, [program, url])
  return JSON.parse(stdout) as Record<string, unknown>[]
}
