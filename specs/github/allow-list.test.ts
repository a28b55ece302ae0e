import fc from 'fast-check'
import { expect } from 'vitest'
import { issueOf, repositories, tokens, usualSeed } from '../../fixtures/github/index.ts'
import { openGitHub } from '../../packages/phase4-gate/src/github/open.ts'
import { GitHubStop } from '../../packages/gate-kernel/src/github/stop.ts'
import { type Outgoing, permission } from '../../packages/gate-kernel/src/github/allow-list.ts'
import { targets } from '../../packages/phase4-gate/src/github/targets.ts'
import { attemptForbidden } from '../../packages/phase4-gate/src/publication/attempts.ts'
import { spec } from '../spec.ts'
import { worldWith } from '../publication/scene.ts'
import { openScene, stopOf } from './scene.ts'

const { cli, e2e, events } = repositories
const apiUrl = 'https://api.github.example/v3'
const homes = { 41: e2e, 1038: cli, 1141: cli, 1182: cli }
const allowList = { apiUrl, homes, targets, ownComments: new Map([[7, 41]]) }

const isAllowed = (method: string, path: string, body?: unknown): boolean => {
  const text = body === undefined ? null : JSON.stringify(body)
  return permission({ method, url: `${apiUrl}${path}`, body: text }, allowList).allowed
}

spec(
  ['GATE/C-007', 'GATE/FR-015'],
  'the allow-list lets exactly the closed list of writes through',
  () => {
    for (const [repo, number] of [
      [e2e, 41],
      [cli, 1038],
      [cli, 1141],
      [cli, 1182],
    ] as const) {
      expect(isAllowed('POST', `/repos/${repo}/issues/${number}/comments`, { body: 'x' })).toBe(
        true,
      )
    }
    const closed = { state: 'closed', state_reason: 'completed' }
    expect(isAllowed('PATCH', `/repos/${e2e}/issues/41`, closed)).toBe(true)
    expect(isAllowed('PATCH', `/repos/${cli}/issues/1141`, { state: 'open' })).toBe(true)
    expect(isAllowed('PATCH', `/repos/${cli}/issues/1182`, { state: 'open' })).toBe(true)
  },
)

spec(
  ['GATE/C-007', 'GATE/FR-015'],
  'nothing beside the closed list passes, not even a near miss',
  () => {
    const closed = { state: 'closed', state_reason: 'completed' }
    const refused: [string, string, unknown?][] = [
      ['PATCH', `/repos/${cli}/issues/1038`, closed],
      ['PATCH', `/repos/${cli}/issues/1038`, { state: 'open' }],
      ['PATCH', `/repos/${cli}/issues/01038`, closed],
      ['PATCH', `/repos/${cli}/issues/41`, closed],
      ['PATCH', `/repos/${e2e}/issues/41/../1038`, closed],
      ['PATCH', `/repos/${e2e}/issues/41`, { ...closed, title: 'x' }],
      ['PATCH', `/repos/${cli}/issues/1141`, closed],
      ['PATCH', `/repos/${cli}/issues/1141`, [{ state: 'open' }]],
      ['PUT', `/repos/${cli}/issues/1038/lock`, {}],
      ['DELETE', `/repos/${e2e}/issues/comments/1`],
      ['PATCH', `/repos/${e2e}/issues/comments/1`, { body: 'x' }],
      ['POST', `/repos/${events}/issues/41/comments`, { body: 'x' }],
      ['POST', `/repos/${e2e}/issues`, { title: 'x' }],
      ['POST', '/graphql', { query: 'mutation { closeIssue(input: {}) { clientMutationId } }' }],
      ['POST', '/graphql', { query: 'query { viewer { login } } mutation X { closeIssue }' }],
    ]
    for (const [method, path, body] of refused) {
      expect(isAllowed(method, path, body), `${method} ${path}`).toBe(false)
    }
    const elsewhere = { method: 'GET', url: 'https://evil.example/v3/user', body: null }
    expect(permission(elsewhere, allowList).allowed).toBe(false)
  },
)

/** Any request at all, with the known repositories and issues much more often than chance would. */
const outgoing: fc.Arbitrary<Outgoing> = fc.record({
  method: fc.constantFrom('POST', 'PATCH', 'PUT', 'DELETE'),
  url: fc
    .tuple(
      fc.constantFrom(cli, e2e, events, 'some/one'),
      fc.constantFrom('issues/1038', 'issues/41', 'issues/1141', 'issues/7', 'pulls/1038', ''),
      fc.constantFrom('', '/comments', '/lock', '/labels', '/../1038', '?state=closed', '/'),
    )
    .map(([repo, what, rest]) => `${apiUrl}/repos/${repo}/${what}${rest}`),
  body: fc.oneof(
    fc.json(),
    fc.constantFrom('{"state":"closed"}', '{"state":"open"}', '{"body":"x"}', ''),
    fc.constant('{"state":"closed","state_reason":"completed"}'),
  ),
})

spec(
  ['GATE/C-007', 'GATE/FR-015'],
  'no request that could change the tracker but by a comment passes',
  () => {
    fc.assert(
      fc.property(outgoing, (request) => {
        if (!permission(request, allowList).allowed) return
        const { pathname } = new URL(request.url)
        const isComment = pathname.endsWith('/comments') && request.method === 'POST'
        expect(isComment || !pathname.includes('1038')).toBe(true)
        expect(pathname).not.toContain(events)
      }),
      { numRuns: 2000 },
    )
  },
)

type Step = (github: Awaited<ReturnType<typeof openGitHub>>) => Promise<unknown>

const number = fc.constantFrom(41, 1038, 1141, 1182, 42, 7)
const state = fc.constantFrom('open', 'closed')
const [owner, repo] = cli.split('/')

/** Any call of the client, with numbers that its types forbid. */
const step: fc.Arbitrary<Step> = fc.oneof(
  number.map(
    (n): Step =>
      (github) =>
        github.close(n),
  ),
  number.map(
    (n): Step =>
      (github) =>
        github.reopen(n),
  ),
  number.map(
    (n): Step =>
      (github) =>
        github.comment(n, 'noise'),
  ),
  number.map(
    (n): Step =>
      (github) =>
        github.issue(n),
  ),
  fc.tuple(number, state).map(
    ([issue, to]): Step =>
      (github) =>
        github.request(`PATCH /repos/{owner}/{repo}/issues/${issue}`, { owner, repo, state: to }),
  ),
  fc.constant<Step>((github) =>
    github.request('PUT /repos/{owner}/{repo}/issues/1038/lock', { owner, repo }),
  ),
  fc.constant<Step>((github) =>
    github.request('POST /graphql', { query: 'mutation { closeIssue { issue { id } } }' }),
  ),
  fc.constant<Step>((github) =>
    github.request('PATCH /user', {
      baseUrl: 'https://elsewhere.example',
      headers: { 'x-http-method-override': 'DELETE' },
    }),
  ),
)

spec(
  ['GATE/C-007', 'GATE/FR-015'],
  'no sequence of calls closes 1038, writes to another issue or speaks to another host',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        await using scene = await openScene({ seed: usualSeed() })
        for (const one of steps) {
          await one(scene.github).catch((error: unknown) => {
            if (!(error instanceof GitHubStop)) throw error
          })
        }
        const { state: github, requests } = scene.server
        expect(issueOf(github, 1038)).toMatchObject({ state: 'open', locked: false, events: [] })
        expect(issueOf(github, 42)).toMatchObject({ state: 'open', comments: [] })
        const writes = requests.filter(({ method }) => method !== 'GET').map(({ name }) => name)
        for (const name of writes) expect(name).toMatch(closedList)
      }),
      { numRuns: 60 },
    )
  },
)

const closedList = /^(POST comment (41|1038|1141|1182)|PATCH issue (41|1141|1182))$/

spec('GATE/C-007', 'a transport smuggled into a request is not used', async () => {
  await using scene = await openScene()
  const used: unknown[] = []
  const fetch = (url: unknown): Promise<Response> => {
    used.push(url)
    return Promise.resolve(new Response('{}'))
  }
  const route = 'PATCH /repos/{owner}/{repo}/issues/1038'
  const values = { owner, repo, state: 'closed', request: { fetch } }
  expect((await stopOf(scene.github.request(route, values))).kind).toBe('write-refused')
  expect([used, scene.sent()]).toEqual([[], []])
})

spec(
  'GATE/C-007',
  'the client hands out nothing by which the allow-list could be gone around',
  async () => {
    const github = await openGitHub(worldWith(apiUrl), { GITHUB_TOKEN: tokens.operator })
    expect(Object.keys(github)).toEqual([])
    expect(JSON.stringify(github)).toBe('{}')
  },
)

spec(
  'GATE/C-007',
  'the attempt of what is forbidden names every write that would have left',
  async () => {
    const sound = worldWith(apiUrl)
    await attemptForbidden(sound, 'close-others')
    await attemptForbidden(sound, 'close-tracker')
    // Where two repositories are one, a comment on 41 of the other is what the allow-list lets through.
    const github = { ...sound.github, repositories: { cli, events: e2e, e2e } }
    const attempt = attemptForbidden({ ...sound, github }, 'close-others')
    await expect(attempt).rejects.toMatchObject({
      report: {
        ...{ code: 'forbidden-write-possible', verdict: 'fail' },
        findings: [
          `${apiUrl}/repos/${e2e}/issues/41/comments`,
          'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
        ],
      },
    })
  },
)
