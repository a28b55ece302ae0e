import { compare } from '@renovatebot/pep440'
import { parseJson } from '../../../packages/documents/src/index.ts'
import { readHealth, readReady } from '../../../packages/phase4-gate/src/service/answers.ts'
import { understand } from '../../../packages/phase4-gate/src/service/reader.ts'
import { requireSameAnswers } from '../../../packages/phase4-gate/src/service/snapshot.ts'
import type { Mutation } from '../mutations/document.ts'
import type { Subject } from './subject.ts'

const now = new Date('2026-05-20T12:00:00Z')
const where = 'http://service.example/'
const json = { 'content-type': 'application/json' }
const answer = (bytes: Uint8Array) => understand(where, 200, json, bytes, now)

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
      ...{ terminal_failed_count: 0, terminal_failed_infra_count: 0 },
      business_rule_rejected_count: 22,
    },
  },
}
/** Of a service that gives the count one name only. */
const readyOfOlder = {
  ...ready,
  dependencies: {
    ...ready.dependencies,
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

const isText = (value: unknown): boolean =>
  typeof value === 'string' && value !== '' && value.length <= 200
const matches =
  (pattern: RegExp) =>
  (value: unknown): boolean =>
    typeof value === 'string' && pattern.test(value)

const isNewEnough = (value: unknown): boolean =>
  matches(/^\d+(?:\.\d+)*$/)(value) && compare(String(value), expected.minimumEventsVersion) >= 0

const sayingMore = [/^dead_letters$/, 'a newer service may say more than this one'] as const

const readyHarmless = [
  [/^dependencies\.\w+\.status$/, 'another word that says that it works', saysItWorks],
  [/^dependencies\.(?!drain)\w+$/, 'such a word without an object around it', saysItWorks],
  [/oldest_pending_age_seconds$/, 'an age moves by itself and is judged by nobody'],
  [/retryable_count$/, 'rows that are tried again move by themselves; the comment says how many'],
  [
    /terminal_failed_infra_count$/,
    'the second name of a count need not be there',
    (value: unknown) => value === undefined,
  ],
] as const

/** A time without a zone may be of one that is fourteen hours ahead. */
const isBuiltBefore = (value: unknown): boolean => {
  if (!matches(/^\d{4}-\d\d-\d\dT[\d:.]+Z?$/)(value)) return false
  const [plain = ''] = String(value).split('Z')
  const seconds = (now.getTime() - Date.parse(`${plain}Z`)) / 1000
  return seconds > -60 - (String(value).endsWith('Z') ? 0 : 14 * 3600)
}

const isOfToday = (value: unknown): boolean => {
  const seconds = (now.getTime() - Date.parse(String(value))) / 1000
  return seconds < 86_400 && seconds > -3_600
}

/** What comes before the body of an answer: status and headers, as undici tells them. */
const envelope = {
  status: 200,
  headers: {
    ...{ 'content-type': 'application/json', 'content-encoding': 'identity', age: '0' },
    ...{ date: now.toUTCString(), warning: '214 - "looked through by a proxy"' },
  },
}

function otherHeader(name: string, value: unknown): Mutation {
  const changed = { ...envelope, headers: { ...envelope.headers, [name]: value } }
  return { what: `${name}: ${text(value)}`, bytes: () => bytesOf(changed), kind: 'contradiction' }
}

/** What HTTP has for an answer that is old, or not what its bytes seem to be. */
const headersThatHold: readonly Mutation[] = [
  ...['110', '111', '112', '113'].flatMap((code) => [
    otherHeader('warning', `${code} cache "it says so"`),
    otherHeader('warning', [`214 - "x"`, `${code} cache "it says so"`]),
  ]),
  ...['86400', '999999999', '-1', 'old', ['0', '86400']].map((age) => otherHeader('age', age)),
  ...['gzip', 'br', 'aes128gcm', ['identity', 'gzip']].map((coding) =>
    otherHeader('content-encoding', coding),
  ),
  ...['text/html', 'application/json; charset=utf-16', 'application/jsonp', 'text/json'].map(
    (type) => otherHeader('content-type', type),
  ),
  ...['Tue, 19 May 2026 11:59:00 GMT', 'Wed, 20 May 2026 14:00:00 GMT', 'today', ''].map((date) =>
    otherHeader('date', date),
  ),
]

/** A body that says that all is well, with a status that says otherwise, or something else. */
const statusesThatHold = [100, 201, 202, 203, 204, 206, 207, 226, 301, 304, 401, 429, 500, 503].map(
  (status): Mutation => ({
    ...{ what: `HTTP ${status}`, kind: 'contradiction' },
    bytes: () => bytesOf({ ...envelope, status }),
  }),
)

const readEnvelope = (bytes: Uint8Array): { status: number; headers: Record<string, string> } =>
  parseJson(bytes, { maximumBytes: 16 * 1024 }) as typeof envelope

/** What the hosted service answers. */
export const serviceSubjects: readonly Subject[] = [
  {
    ...{ name: '/health/, a second look', folder: 'service', form: 'json' },
    ...{ faultless: text(health), sibling: text({ ...health, git_sha: 'e'.repeat(40) }) },
    judge: (bytes) => {
      const again = readHealth(answer(bytes), expected, now)
      requireSameAnswers(first, { ...first, health: again }, where)
      return again
    },
    harmless: [sayingMore],
  },
  {
    ...{ name: '/health/, every look', folder: 'service', form: 'json' },
    ...{ faultless: text(health), sibling: text({ ...health, service: 'grafana' }) },
    judge: (bytes) => readHealth(answer(bytes), expected, now),
    harmless: [
      sayingMore,
      [/^version$/, 'the version of the service is required by nobody', isText],
      [/^git_sha$/, 'any commit may be deployed, if it stays', matches(/^[0-9a-f]{40}$/)],
      [/^build_timestamp$/, 'it may be built at any time until now', isBuiltBefore],
      [/^spec_kitty_events$/, 'the version required, or a newer one', isNewEnough],
    ],
  },
  {
    ...{ name: '/health/ready/, a second look', folder: 'service', form: 'json' },
    ...{ faultless: text(ready), sibling: text({ ...ready, status: 'not_ready' }) },
    judge: (bytes) => {
      const again = readReady(answer(bytes))
      requireSameAnswers(first, { ...first, ready: again }, where)
      return again
    },
    harmless: readyHarmless,
  },
  {
    ...{ name: '/health/ready/, every look', folder: 'service', form: 'json' },
    ...{ faultless: text(readyOfOlder), sibling: text({ ...readyOfOlder, status: 'not_ready' }) },
    judge: (bytes) => readReady(answer(bytes)),
    harmless: [
      ...readyHarmless,
      [
        /business_rule_rejected_count$/,
        'it is compared with the configuration (`service.historicalRows`)',
        (value) => Number.isSafeInteger(value) && Number(value) >= 0 && !Object.is(value, -0),
      ],
    ],
  },
  {
    ...{ name: '/health/ready/, status and headers', folder: 'service', form: 'json' },
    ...{ faultless: text(envelope), sibling: text({ ...envelope, status: 503 }) },
    judge: (bytes) => {
      const { status, headers } = readEnvelope(bytes)
      return readReady(understand(where, status, headers, bytesOf(ready), now))
    },
    contradictions: [...headersThatHold, ...statusesThatHold],
    harmless: [
      [/^dead_letters$|^headers\.(?!content-|age$|date$|warning$)/, 'no other header says more'],
      [
        /^headers\.(?:content-\w+|age|date|warning)$/,
        'it need not be there',
        (value) => value === undefined,
      ],
      [
        /^headers\.content-type$/,
        'other names of JSON',
        matches(/^application\/(?:[\w.-]+\+)?json$/i),
      ],
      [/^headers\.age$/, 'less than a day', (value) => Number(value) < 86_400],
      [/^headers\.date$/, 'within the last day', isOfToday],
      [
        /^headers\.warning$/,
        'only four warnings are about age',
        (value) => !/11[0-3]/.test(String(value)),
      ],
    ],
  },
]
