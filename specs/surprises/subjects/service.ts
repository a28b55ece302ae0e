import { readHealth, readReady } from '../../../packages/phase4-gate/src/service/answers.ts'
import { understand } from '../../../packages/phase4-gate/src/service/reader.ts'
import { requireSameAnswers } from '../../../packages/phase4-gate/src/service/snapshot.ts'
import type { Subject } from './subject.ts'

const now = new Date('2026-05-20T12:00:00Z')
const json = { 'content-type': 'application/json' }
const answer = (bytes: Uint8Array) => understand('http://service.example/', 200, json, bytes, now)

const health = {
  ...{ status: 'ok', service: 'spec-kitty-saas', version: '0.14.2' },
  git_sha: '7f2c9b41d08e6a35c1f4be20937d58a6e0c4b1d9',
  ...{ build_timestamp: '2026-05-19T16:42:10Z', spec_kitty_events: '5.1.0' },
  environment: 'deployed-dev',
}
const ready = {
  status: 'ready',
  dependencies: {
    ...{ postgres: { status: 'ok' }, redis: { status: 'ok' } },
    ...{ channel_layer: { status: 'ok' }, celery_broker: { status: 'ok' } },
    drain_queue: {
      ...{ status: 'ok', oldest_pending_age_seconds: null, retryable_count: 0 },
      ...{ terminal_failed_count: 0, business_rule_rejected_count: 22 },
    },
  },
}
const expected = {
  minimumEventsVersion: '5.1.0',
  name: 'spec-kitty-saas',
  environment: 'deployed-dev',
}
const text = (value: unknown): string => JSON.stringify(value)
const bytesOf = (value: unknown): Buffer => Buffer.from(text(value))
const first = {
  health: readHealth(answer(bytesOf(health)), expected),
  ready: readReady(answer(bytesOf(ready))),
}

const saysItWorks = (value: unknown): boolean =>
  value === 'ok' || value === 'ready' || value === true

/** What the hosted service answers. */
export const serviceSubjects: readonly Subject[] = [
  {
    ...{ name: '/health/', folder: 'service', form: 'json', faultless: text(health) },
    sibling: text({ ...health, git_sha: 'e'.repeat(40) }),
    judge: (bytes) => {
      const again = readHealth(answer(bytes), expected)
      requireSameAnswers(first, { ...first, health: again }, 'http://service.example/')
      return again
    },
    harmless: [[/^dead_letters$/, 'a newer service may say more than this one']],
  },
  {
    ...{ name: '/health/ready/', folder: 'service', form: 'json', faultless: text(ready) },
    sibling: text({ ...ready, status: 'not_ready' }),
    judge: (bytes) => {
      const again = readReady(answer(bytes))
      requireSameAnswers(first, { ...first, ready: again }, 'http://service.example/')
      return again
    },
    harmless: [
      [/^dependencies\.\w+\.status$/, 'another word that says that it works', saysItWorks],
      [/^dependencies\.(?!drain)\w+$/, 'such a word without an object around it', saysItWorks],
      [/oldest_pending_age_seconds$/, 'an age moves by itself and is judged by nobody'],
      [
        /retryable_count$/,
        'rows that are tried again move by themselves; the comment says how many',
      ],
    ],
  },
]
