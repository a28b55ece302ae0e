import { expect } from 'vitest'
import type { Fault } from '../../fixtures/github/index.ts'
import { systemClock } from '../../packages/gate-kernel/src/publication/poll-policy.ts'
import { classify } from '../../packages/gate-kernel/src/github/classify.ts'
import { GitHubStop } from '../../packages/gate-kernel/src/github/stop.ts'
import { findClosingChanges } from '../../packages/phase4-gate/src/blockers/linkage.ts'
import type { GitHub } from '../../packages/gate-kernel/src/github/github.ts'
import type { Issue, TimelineEvent } from '../../packages/gate-kernel/src/github/types.ts'
import { spec } from '../spec.ts'
import { openScene, stopOf } from './scene.ts'

const nowMs = Date.parse('2026-06-01T12:00:00Z')

/** How a limit says when it ends, and for how many milliseconds that has to be waited. */
const limits: readonly (readonly [Record<string, string>, number])[] = [
  [{ 'retry-after': '7' }, 7000],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': 'Mon, 01 Jun 2026 12:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Mon, 01 Jun 2026 11:00:00 GMT' }, 0],
  ...[
    '',
    '-5',
    'soon',
    'NaN',
    'Infinity',
    '1e999',
    '1,5',
    '0x10',
    '7.5',
    '99999999999999999999',
  ].map((text) => [{ 'retry-after': text }, 60_000] as const),
  [{ 'x-ratelimit-remaining': '0' }, 60_000],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'tomorrow' }, 60_000],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' }, 0],
]

spec('GATE/FR-001', 'a limit that does not say its end as a number never waits without one', () => {
  for (const [headers, expectedMs] of limits) {
    const error = Object.assign(new Error('too many'), {
      ...{ name: 'HttpError', status: 429, response: { headers } },
    })
    const stop = classify(error, 'GET /x', nowMs)
    const waits = stop instanceof GitHubStop ? stop.retryAfterMs : 'no limit'
    expect(waits, JSON.stringify(headers)).toBe(expectedMs)
    expect(stop.report.what).not.toMatch(/NaN|Infinity/)
  }
})

spec('GATE/FR-001', 'a list whose pages never end is not read for ever', async () => {
  await using scene = await openScene()
  const link = `<${scene.server.url}/next>; rel="next"`
  const answer = { status: 200, headers: { link }, body: [] }
  scene.server.faults.push({ on: 'GET comments 41', fault: 'answers', answer })
  expect((await stopOf(scene.github.comments(41))).report.what).toMatch(/more than \d+ pages/)
})

spec('GATE/FR-011', 'a comment that two pages show is one comment', async () => {
  await using scene = await openScene()
  await scene.github.comment(41, 'the evidence')
  const [one] = await scene.github.comments(41)
  const { id, body, url, author, createdAt } = one ?? fail()
  const again = { id, body, html_url: url, user: { login: author ?? '' }, created_at: createdAt }
  const link = `<${scene.server.url}/next>; rel="next"`
  for (const [nth, headers] of [
    [2, { link }],
    [3, {}],
  ] as const)
    scene.server.faults.push({
      ...{ on: 'GET comments 41', fault: 'answers', nth },
      answer: { status: 200, headers, body: [again] },
    })
  expect(await scene.github.comments(41)).toEqual([one])
})

const fail = (): never => {
  throw new Error('there is no comment')
}

const answered = (body: unknown): Fault => ({
  ...{ on: 'POST graphql', fault: 'answers', nth: 1 },
  answer: { status: 200, body },
})
const nothing = { data: null }
const known = {
  data: { repository: { issue: { closedByPullRequestsReferences: { nodes: [null] } } } },
}

spec(
  'GATE/FR-001',
  'an error that GraphQL answers does not mean that the issue is missing',
  async () => {
    const message = 'Something went wrong while executing your query'
    for (const body of [
      { ...nothing, errors: [{ message }] },
      { ...known, errors: [{ message }] },
      { ...nothing, errors: [{ message, type: 'SERVICE_UNAVAILABLE' }] },
    ]) {
      await using scene = await openScene()
      const truly = await scene.github.closingPullRequests(1141)
      scene.server.faults.push({ ...answered(body), nth: 2 })
      expect(await scene.github.closingPullRequests(1141), JSON.stringify(body)).toEqual(truly)
    }
  },
)

spec('GATE/FR-001', 'what GraphQL refuses has the name of the refusal', async () => {
  const of = (type: string): object => ({ errors: [{ type, message: 'no' }] })
  for (const [body, kind] of [
    [{ ...nothing, ...of('RATE_LIMITED') }, 'rate-limited'],
    [{ ...nothing, ...of('FORBIDDEN') }, 'forbidden'],
    [{ data: { repository: null }, ...of('NOT_FOUND') }, 'not-found'],
  ] as const) {
    await using scene = await openScene({ faults: [answered(body)], change: { longestWaitMs: 0 } })
    expect((await stopOf(scene.github.closingPullRequests(1141))).kind).toBe(kind)
  }
  await using scene = await openScene({ faults: [answered({ ...known, ...of('FORBIDDEN') })] })
  expect(await scene.github.closingPullRequests(1141)).toEqual([])
})

spec(
  'GATE/FR-001',
  'a time that is missing or cannot be read makes no stale fix a fresh one',
  async () => {
    const event = { event: 'reopened', created_at: '2026-05-01T08:00:00Z' }
    for (const change of [
      { created_at: undefined },
      { created_at: 'yesterday' },
      { created_at: '' },
    ]) {
      const body = [{ ...event, ...change }]
      const answer = { status: 200, body }
      await using scene = await openScene({
        faults: [{ on: 'GET timeline 1141', fault: 'answers', answer }],
      })
      expect((await stopOf(scene.github.timeline(1141))).kind, JSON.stringify(body)).toBe(
        'unreadable',
      )
    }
    const pull = { number: 7, title: 't', state: 'closed', base: { ref: 'main' } }
    const merged = {
      merged: true,
      merged_at: '2026-05-01T08:00:00Z',
      merge_commit_sha: 'a'.repeat(40),
    }
    for (const change of [
      { merged_at: null },
      { merged_at: 'soon' },
      { merged: false },
      { state: 'open' },
    ]) {
      const answer = { status: 200, body: { ...pull, ...merged, ...change } }
      await using scene = await openScene({
        faults: [{ on: 'GET pull 7', fault: 'answers', answer }],
      })
      const stop = await stopOf(scene.github.pullRequest('cli', 7))
      expect(stop.kind, JSON.stringify(change)).toBe('unreadable')
    }
  },
)

spec('GATE/FR-001', 'the last re-opening is the latest, wherever the list has it', async () => {
  const at = (day: number): string => `2026-05-0${day}T08:00:00Z`
  const event = (what: string, day: number, commit: string | null = null): TimelineEvent => ({
    ...{ event: what, actor: null, at: at(day), commit, pullRequest: null },
  })
  const timeline = [event('reopened', 3), event('closed', 2, 'b'.repeat(40)), event('reopened', 1)]
  const github = {
    timeline: () => Promise.resolve(timeline),
    closingPullRequests: () => Promise.resolve([]),
  } as unknown as GitHub
  const issue = { number: 1141 } as Issue
  const [found] = await findClosingChanges(github, '/nowhere', issue, [])
  expect(found?.setAside).toContain(`before the issue was re-opened at ${at(3)}`)
})

spec('GATE/FR-011', 'a clock that somebody sets moves no bound of the publication', () => {
  const real = Date.now
  const before = systemClock.now()
  expect(Math.abs(before - real())).toBeLessThan(24 * 3_600_000)
  try {
    Date.now = () => real() - 86_400_000
    expect(systemClock.now()).toBeGreaterThanOrEqual(before)
    Date.now = () => real() + 86_400_000
    expect(systemClock.now() - before).toBeLessThan(3_600_000)
  } finally {
    Date.now = real
  }
})
