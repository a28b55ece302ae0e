import fc from 'fast-check'
import { expect } from 'vitest'
import { retryAfterIn } from '../../packages/sync-engine/src/base/retry-after.ts'
import { interpretReply, limitsFrom } from '../../packages/sync-engine/src/receivers/interpret.ts'
import { spec } from '../spec.ts'

const NOW = Date.parse('2026-05-20T12:00:00Z')
const reply = (
  status: number,
  body: unknown = {},
  retryAfter?: string,
): ReturnType<typeof interpretReply> =>
  interpretReply(
    { status, body: typeof body === 'string' ? body : JSON.stringify(body), retryAfter },
    NOW,
  )

const words: readonly [word: string | undefined, verdict: string][] = [
  ['success', 'success'],
  ['accepted', 'success'],
  ['warning', 'success'],
  ['duplicate', 'duplicate'],
  ['queued', 'pending'],
  ['pending', 'pending'],
  ['rejected', 'rejected'],
  ['failed_permanent', 'failed-permanent'],
  ['something new', 'transient'],
  [undefined, 'transient'],
]

for (const [word, verdict] of words)
  spec(
    ['SYNC/T033', 'SYNC/FR-014'],
    `an event that is "${word ?? 'without a status'}" counts as ${verdict}`,
    () => {
      const answer = reply(200, { results: [{ event_id: 'e1', status: word }] })
      expect(answer.kind === 'results' && answer.results.get('e1')?.verdict).toBe(verdict)
    },
  )

for (const category of ['project_not_admitted', 'project_not_consented', 'project_refused'])
  spec('SYNC/T033', `a rejection because of ${category} is final`, () => {
    const answer = reply(200, {
      results: [{ event_id: 'e1', status: 'rejected', error_category: category }],
    })
    expect(answer.kind === 'results' && answer.results.get('e1')?.verdict).toBe('failed-permanent')
  })

const statuses: readonly [status: number, body: unknown, expected: object][] = [
  [200, {}, { kind: 'later', category: 'no_results' }],
  [200, 'not JSON', { kind: 'later', category: 'no_results' }],
  [400, { error: 'bad' }, { kind: 'refused', reason: 'bad' }],
  [401, {}, { kind: 'denied', category: 'auth_expired' }],
  [
    403,
    { error: 'Private Teamspace required' },
    { kind: 'denied', category: 'missing_private_team' },
  ],
  [403, { error: 'no' }, { kind: 'denied', category: 'unauthorized' }],
  [413, {}, { kind: 'too-large' }],
  [400, { error: 'payload too large' }, { kind: 'too-large' }],
  [401, { error: 'header too large' }, { kind: 'denied' }],
  [429, { error: 'your backlog is too large' }, { kind: 'later', category: 'throttled' }],
  [431, { error: 'Request Header Fields Too Large' }, { kind: 'later' }],
  [503, { error: 'the queue is too large' }, { kind: 'later', category: 'server_error' }],
  [408, {}, { kind: 'later', category: 'unexpected_answer' }],
  [429, {}, { kind: 'later', category: 'throttled' }],
  [500, {}, { kind: 'later', category: 'server_error' }],
  [502, '<html>Bad gateway</html>', { kind: 'later', category: 'server_error' }],
  [301, {}, { kind: 'later', category: 'unexpected_answer' }],
  [404, {}, { kind: 'later', category: 'unexpected_answer' }],
]

for (const [status, body, expected] of statuses)
  spec(
    ['SYNC/T033', 'SYNC/FR-014'],
    `a ${status} with ${JSON.stringify(body)} is ${JSON.stringify(expected)}`,
    () => {
      expect(reply(status, body)).toMatchObject({ ...expected, httpStatus: status })
    },
  )

spec(
  'SYNC/T033',
  'the reasons of a refused batch are found in every shape that servers gave them',
  () => {
    const details = [{ event_id: 'e2', reason: 'lamport_clock is missing' }]
    for (const body of [
      { details },
      { details: JSON.stringify(details) },
      { error: 'x', details: [{ event_id: 'e2', error: 'lamport_clock is missing' }] },
    ]) {
      const answer = reply(400, body)
      expect(answer.kind === 'refused' && answer.named.get('e2')).toBe('lamport_clock is missing')
    }
    expect(reply(400, { details: '[broken' })).toMatchObject({
      kind: 'refused',
      reason: 'refused without a reason',
    })
  },
)

spec(
  'SYNC/T033',
  'Retry-After is understood in seconds and as a date, and ignored otherwise',
  () => {
    expect(reply(429, {}, '7')).toMatchObject({ retryAfterMs: 7_000 })
    expect(retryAfterIn('Wed, 20 May 2026 12:00:30 GMT', NOW)).toBe(30_000)
    expect(retryAfterIn('Wed, 20 May 2026 11:00:00 GMT', NOW)).toBe(0)
    expect(retryAfterIn('soon', NOW)).toBeUndefined()
  },
)

spec(
  'SYNC/T034',
  'limits are read from a health page and from a 413, with a margin below the advertised bytes',
  () => {
    const limits = {
      max_events_per_batch: 10,
      max_decompressed_bytes_per_batch: 1_000,
      retry_after_max_seconds: 60,
    }
    const read = { maxEvents: 10, maxBytes: 900, refusesAboveBytes: 1_000, retryAfterMaxMs: 60_000 }
    expect(limitsFrom({ sync_ingress: { limits } })).toEqual(read)
    expect(reply(413, { limits })).toMatchObject({ kind: 'too-large', limits: read })
    expect(
      limitsFrom({ max_events_per_batch: -1, max_decompressed_bytes_per_batch: 'many' }),
    ).toEqual({})
  },
)

spec(
  ['SYNC/T033', 'SYNC/NFR-002'],
  'any status with any body is an answer, and only a 200 with results judges events',
  () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.oneof(fc.json(), fc.string()),
        (status, body) => {
          const answer = interpretReply({ status, body }, NOW)
          if (status >= 300) expect(answer.kind).not.toBe('judged')
        },
      ),
      { numRuns: 1_000 },
    )
  },
)
