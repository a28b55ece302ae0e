import { expect } from 'vitest'
import { readHealth, readReady } from '../../packages/phase4-gate/src/service/answers.ts'
import type { ServiceAnswer } from '../../packages/phase4-gate/src/service/reader.ts'
import { GateStop, type StopReport } from '../../packages/gate-kernel/src/stop/verdict.ts'
import { spec } from '../spec.ts'

type Answered = Extract<ServiceAnswer, { kind: 'answer' }>

const answer = (body: unknown, more: Partial<Answered> = {}): Answered => ({
  ...{ kind: 'answer', url: 'http://service.example/health/', status: 200, ageSeconds: 0 },
  ...{ body, problems: [] },
  ...more,
})

const expected = {
  minimumEventsVersion: '5.1.0',
  name: 'spec-kitty-saas',
  environment: 'deployed-dev',
}
const health = {
  ...{ status: 'ok', service: 'spec-kitty-saas', version: '0.14.2', environment: 'deployed-dev' },
  ...{ git_sha: 'a'.repeat(40), build_timestamp: '2026-05-19T16:42:10Z' },
  spec_kitty_events: '5.1.0',
}
const queue = {
  status: 'idle',
  oldest_pending_age_seconds: null,
  retryable_count: 0,
  terminal_failed_count: 0,
  business_rule_rejected_count: 22,
}
const dependencies = {
  postgres: 'ok',
  redis: { status: 'ok' },
  channel_layer: true,
  celery_broker: { status: 'connected', workers: 2 },
  drain_queue: queue,
}
const ready = { status: 'ready', dependencies }
const readyWith = (more: object): object => ({
  ...ready,
  dependencies: { ...dependencies, ...more },
})
const drained = (more: object): object => readyWith({ drain_queue: { ...queue, ...more } })

function stopAt(step: () => unknown): Pick<StopReport, 'code' | 'verdict' | 'what'> {
  try {
    step()
  } catch (error) {
    if (error instanceof GateStop) return error.report
    throw error
  }
  throw new Error('nothing stopped')
}

spec('GATE/FR-005', 'dependencies may say in their own words that they work', () => {
  expect(readHealth(answer(health), expected)).toEqual(health)
  expect(readReady(answer(ready))).toEqual(ready)
  expect(readReady(answer(readyWith({ more: { status: 'ok', latency: 3 } }))).status).toBe('ready')
})

const unwell: readonly (readonly [string, object, RegExp])[] = [
  ['one that is false', { redis: false }, /"ready", redis "false"$/],
  ['one that says false', { redis: { status: false } }, /"ready", redis "false"$/],
  ['one that is offline', { redis: { status: 'offline' } }, /redis "offline"$/],
  ['one that shouts', { redis: 'OK' }, /redis "OK"$/],
  ['a drain with a reason', { drain_queue: { ...queue, reason: 'backlog' } }, /\(backlog\)$/],
  ['one in a word', { postgres: 'unavailable' }, /"ready", postgres "unavailable"$/],
  ['one in a status', { more: { status: 'degraded' } }, /"ready", more "degraded"$/],
  ['a stalled drain', { drain_queue: { ...queue, status: 'stalled' } }, /drain_queue "stalled"$/],
  ['two of them', { redis: 'down', postgres: 'not ok' }, /postgres "not ok", redis "down"$/],
]

for (const [what, broken, says] of unwell) {
  spec('GATE/FR-005', `a dependency that does not work is named: ${what}`, () => {
    const stop = stopAt(() => readReady(answer(readyWith(broken))))
    expect(stop).toMatchObject({ code: 'service-not-ready', verdict: 'blocked' })
    expect(stop.what).toMatch(says)
  })
}

spec('GATE/FR-005', 'no dependency may be missing and no count may be nonsense', () => {
  const names = ['postgres', 'redis', 'channel_layer', 'celery_broker', 'drain_queue']
  const counts = ['retryable_count', 'terminal_failed_count', 'business_rule_rejected_count']
  const bodies = [
    ...names.map((name) => [name, readyWith({ [name]: undefined })] as const),
    ...counts.map((name) => [name, drained({ [name]: -1 })] as const),
    ...counts.map((name) => [name, drained({ [name]: 0.5 })] as const),
  ]
  for (const [name, body] of bodies) {
    const stop = stopAt(() => readReady(answer(body)))
    expect(stop, name).toMatchObject({ code: 'service-schema', verdict: 'inconclusive' })
    expect(stop.what).toContain(name)
  }
})

spec('GATE/FR-005', 'a health without a commit or with a version that is none is not read', () => {
  for (const [more, says] of [
    [{ git_sha: '' }, 'git_sha'],
    [{ spec_kitty_events: 'latest' }, '"latest" is not a version'],
  ] as const) {
    const stop = stopAt(() => readHealth(answer({ ...health, ...more }), expected))
    expect(stop).toMatchObject({ code: 'service-schema', verdict: 'inconclusive' })
    expect(stop.what).toContain(says)
  }
})

spec('GATE/FR-005', 'an answer that a cache held is good for a day, not longer', () => {
  const day = 24 * 60 * 60
  expect(readHealth(answer(health, { ageSeconds: day - 1 }), expected)).toEqual(health)
  const stop = stopAt(() => readHealth(answer(health, { ageSeconds: day }), expected))
  expect(stop).toMatchObject({ code: 'snapshot-too-old', verdict: 'inconclusive' })
})

spec('GATE/FR-005', 'a readiness that is not 200 says why, and its infra failures count', () => {
  const busy = { dependencies: { drain_queue: { status: 'stalled', reason: 'backlog' } } }
  const stalled = stopAt(() => readReady(answer(busy, { status: 503 })))
  expect(stalled).toMatchObject({ code: 'service-degraded', verdict: 'blocked' })
  expect(stalled.what).toBe('HTTP 503 instead of 200: drain queue stalled, backlog')
  const silent = stopAt(() => readReady(answer('busy', { status: 503 })))
  expect(silent.what).toBe('HTTP 503 instead of 200')
  const failures = drained({ terminal_failed_count: 2 })
  expect(stopAt(() => readReady(answer(failures, { status: 503 }))).code).toBe(
    'infra-terminal-failed',
  )
})

spec('GATE/FR-005', 'the document of another service or environment proves nothing', () => {
  for (const [more, says] of [
    [{ service: 'grafana' }, 'service is "grafana"'],
    [{ environment: 'production' }, 'environment is "production"'],
  ] as const) {
    const stop = stopAt(() => readHealth(answer({ ...health, ...more }), expected))
    expect(stop).toMatchObject({ code: 'service-identity', verdict: 'inconclusive' })
    expect(stop.what).toContain(says)
  }
})

spec('GATE/FR-005', 'what nobody here knows is not read as good news', () => {
  const unknown: readonly (readonly [string, () => unknown])[] = [
    ['degraded', () => readHealth(answer({ ...health, degraded: true }), expected)],
    ['reason', () => readReady(answer({ ...ready, reason: 'starting' }))],
    ['dead_letters', () => readReady(answer(drained({ dead_letters: 0 })))],
    ['redis', () => readReady(answer(readyWith({ redis: { status: 'ok', error: 'refused' } })))],
    ['more', () => readReady(answer(readyWith({ more: { latency: 3 } })))],
    ['twice', () => readReady(answer(drained({ terminal_failed_infra_count: 1 })))],
  ]
  for (const [says, read] of unknown) {
    const stop = stopAt(read)
    expect(stop, says).toMatchObject({ code: 'service-schema', verdict: 'inconclusive' })
    expect(stop.what).toContain(says)
  }
  expect(readHealth(answer({ ...health, region: 'iad' }), expected).status).toBe('ok')
})
