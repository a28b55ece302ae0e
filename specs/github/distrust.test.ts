import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { expect } from 'vitest'
import { type Fault, repositories, tokens, usualSeed } from '../../fixtures/github/index.ts'
import { spec } from '../spec.ts'
import { openScene, type Scene, stopOf } from './scene.ts'

/** Another host, which would answer anything; it only notes who asked. */
class Elsewhere implements AsyncDisposable {
  readonly asked: string[] = []
  readonly #server = createServer((request, response) => {
    this.asked.push(`${request.url ?? ''} ${request.headers.authorization ?? 'no token'}`)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ number: 41, state: 'closed' }))
  })

  static async open(): Promise<Elsewhere> {
    const one = new Elsewhere()
    one.#server.listen(0, '127.0.0.1')
    await once(one.#server, 'listening')
    return one
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    await once(this.#server, 'close')
  }
}

const redirect = (on: string, status: number, location: string): Fault => ({
  ...{ on, fault: 'answers' },
  answer: { status, headers: { location }, body: { message: 'Moved', url: location } },
})

const reads: readonly (readonly [string, (scene: Scene) => Promise<unknown>])[] = [
  ['GET issue 41', ({ github }) => github.issue(41)],
  ['GET comments 41', ({ github }) => github.comments(41)],
  ['GET timeline 1141', ({ github }) => github.timeline(1141)],
  ['GET user', ({ github }) => github.login()],
]

spec(
  'GATE/FR-001',
  'a read that is redirected to another host or port is not followed, and no token goes there',
  async () => {
    await using elsewhere = await Elsewhere.open()
    const port = new URL(elsewhere.url).port
    const places = [
      ...[`${elsewhere.url}/repos/x/y/issues/41`, `//127.0.0.1:${port}/issues/41`],
      ...[
        `http://localhost:${port}/`,
        'https://evil.example/',
        'file:///etc/passwd',
        'http://[',
        '',
      ],
    ]
    for (const [on, read] of reads) {
      for (const status of [301, 302, 303, 307, 308]) {
        for (const place of places) {
          await using scene = await openScene({ faults: [redirect(on, status, place)] })
          const stop = await stopOf(read(scene))
          const isNowhere = place === ''
          expect(stop.kind, `${on} ${status} ${place}`).toMatch(
            isNowhere ? /moved|led-away/ : /^led-away$/,
          )
          expect(stop.report.cause).toBe('environment')
        }
      }
    }
    expect(elsewhere.asked).toEqual([])
  },
)

spec('GATE/FR-001', 'a redirect in a circle ends', async () => {
  await using scene = await openScene()
  const here = `${scene.server.url}/repos/${repositories.e2e}/issues/41`
  scene.server.faults.push(redirect('GET issue 41', 301, here))
  expect((await stopOf(scene.github.issue(41))).kind).toBe('led-away')
})

spec('GATE/FR-011', 'a write is never led on, not even on the same host', async () => {
  await using scene = await openScene()
  const place = `${scene.server.url}/repos/${repositories.cli}/issues/1141/comments`
  scene.server.faults.push(redirect('POST comment 41', 307, place))
  expect((await stopOf(scene.github.comment(41, 'x'))).kind).toBe('moved')
  expect(scene.sent().filter((name) => name.startsWith('POST'))).toEqual(['POST comment 41'])
})

/** The true answer for issue 41, to be changed. */
async function trueIssue(scene: Scene): Promise<Record<string, unknown>> {
  const path = `${scene.server.url}/repos/${repositories.e2e}/issues/41`
  const response = await fetch(path, { headers: { authorization: `Bearer ${tokens.operator}` } })
  return (await response.json()) as Record<string, unknown>
}

spec(
  'GATE/FR-011',
  'an answer that names another repository, or contradicts itself, is not believed',
  async () => {
    const lies: readonly Record<string, unknown>[] = [
      { repository_url: 'https://api.github.example/repos/evil/place' },
      { repository_url: '' },
      { state: 'closed' },
      { state: 'open', closed_at: '2026-05-01T08:00:00Z' },
      { state: 'open', state_reason: 'completed' },
      { state: 'closed', closed_at: '2026-05-01T08:00:00Z', state_reason: 'reopened' },
      { state: 'closed', closed_at: '2026-05-01T08:00:00Z', state_reason: 'solved' },
      // A pull request has a number among those of issues, and is answered as one.
      { pull_request: { url: 'https://api.github.example/repos/e2e/place/pulls/41' } },
      ...[{ state: 'Closed' }, { state: 'CLOSED' }, { state: null }, { number: '41' }],
    ]
    for (const lie of lies) {
      await using scene = await openScene()
      const body = { ...(await trueIssue(scene)), ...lie }
      scene.server.faults.push({
        on: 'GET issue 41',
        fault: 'answers',
        answer: { status: 200, body },
      })
      const stop = await stopOf(scene.github.comment(41, 'x'))
      expect(stop.kind, JSON.stringify(lie)).toBe('unreadable')
      expect(scene.sent().filter((name) => name.startsWith('POST'))).toEqual([])
    }
  },
)

spec('GATE/FR-011', 'a refusal names the page or the permission that GitHub asks for', async () => {
  const page = 'https://github.com/orgs/acme/sso?authorization_request=A1'
  const refusals = [
    { headers: { 'x-github-sso': `required; url=${page}` }, names: page },
    { headers: { 'x-accepted-github-permissions': 'issues=write' }, names: 'issues=write' },
  ]
  for (const { headers, names } of refusals) {
    const answer = { status: 403, headers, body: { message: 'Resource protected' } }
    const faults: Fault[] = [{ on: 'POST comment 41', fault: 'answers', answer }]
    await using scene = await openScene({ faults })
    const { report } = await stopOf(scene.github.comment(41, 'x'))
    expect(report).toMatchObject({ code: 'github-forbidden', cause: 'environment' })
    expect(report.what).toContain(names)
    expect(report.next).toContain(names)
  }
})

spec('GATE/FR-011', 'a token that a server echoes is not in the stop', async () => {
  const body = { message: `Bad credentials: ${tokens.operator}` }
  const faults: Fault[] = [{ on: '* *', fault: 'answers', answer: { status: 401, body } }]
  await using scene = await openScene({ faults })
  const stop = await stopOf(scene.github.issue(41))
  expect(`${stop.message}${JSON.stringify(stop)}`).not.toContain(tokens.operator)
  expect(stop.report.what).toContain('Bad credentials: ***')
})

spec(
  ['GATE/FR-001', 'GATE/FR-011'],
  'GitHub Enterprise is asked at /api/v3 and /api/graphql',
  async () => {
    await using scene = await openScene({ server: { base: '/api/v3' } })
    expect((await scene.github.issue(41)).number).toBe(41)
    await scene.github.comment(41, 'x')
    expect(await scene.github.closingPullRequests(1141)).toEqual([])
    expect(scene.sent()).toEqual(['GET issue 41', 'POST comment 41', 'POST graphql'])
    expect(scene.server.requests.map(({ path }) => path.startsWith('/api/'))).not.toContain(false)
  },
)

spec('GATE/FR-001', 'a GitHub without GraphQL says so by a name of its own', async () => {
  await using scene = await openScene({ server: { hasGraphQL: false } })
  expect((await stopOf(scene.github.closingPullRequests(1141))).kind).toBe('no-graphql')
  await using asApp = await openScene({
    ...{ server: { hasGraphQL: false }, env: { GITHUB_TOKEN: tokens.actions } },
  })
  expect(await asApp.github.login()).toBeNull()
})

spec('GATE/FR-011', 'who the token belongs to is asked once', async () => {
  await using scene = await openScene()
  for (let i = 0; i < 5; i++) expect(await scene.github.login()).toBe('release-operator')
  expect(scene.sent()).toEqual(['GET user'])
})

spec(
  ['GATE/FR-011', 'GATE/C-007'],
  'a comment is taken back only where it is, to the letter, what this run wrote',
  async () => {
    const comments = fc.record({
      author: fc.constantFrom('release-operator', 'stranger'),
      body: fc.constantFrom('ours', 'ours ', 'theirs', ''),
    })
    await fc.assert(
      fc.asyncProperty(comments, async ({ author, body }) => {
        const issues = [
          { number: 41, title: 't', state: 'open' as const, comments: [{ author, body }] },
        ]
        await using scene = await openScene({ seed: usualSeed({ e2e: { issues } }) })
        const [comment] = await scene.github.comments(41)
        const own = { body: 'ours', authors: new Set(['release-operator']) }
        const isOwn = author === 'release-operator' && body === 'ours'
        const outcome = await scene.github.takeBack(41, comment?.id ?? 0, own).then(
          () => 'gone',
          () => 'kept',
        )
        expect(outcome).toBe(isOwn ? 'gone' : 'kept')
        expect(await scene.github.comments(41)).toHaveLength(isOwn ? 0 : 1)
        expect(scene.sent().some((name) => name.startsWith('DELETE'))).toBe(isOwn)
      }),
      { numRuns: 16 },
    )
  },
)
