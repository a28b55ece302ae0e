import { expect } from 'vitest'
import {
  issueOf,
  repositories,
  startGitHub,
  tokens,
  usualSeed,
} from '../../fixtures/github/index.ts'
import { spec } from '../spec.ts'

/** Speaks to the server without the gate's client: what is specified here is the server. */
async function ask(
  url: string,
  method = 'GET',
  body?: unknown,
  token: string | null = tokens.operator,
): Promise<{ status: number; json: Record<string, unknown>; headers: Headers }> {
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const json = (await response.json()) as Record<string, unknown>
  return { status: response.status, json, headers: response.headers }
}

const e2e = `/repos/${repositories.e2e}`
const cli = `/repos/${repositories.cli}`

spec(
  'GATE/FR-012',
  'a reason alone changes nothing; closing brings reason, author and time',
  async () => {
    await using server = await startGitHub(usualSeed())
    const issue = `${server.url}${e2e}/issues/41`
    const ignored = await ask(issue, 'PATCH', { state_reason: 'not_planned' })
    expect(ignored.json).toMatchObject({ state: 'open', state_reason: null, closed_by: null })
    const closed = await ask(issue, 'PATCH', { state: 'closed', state_reason: 'completed' })
    expect(closed.json).toMatchObject({
      state: 'closed',
      state_reason: 'completed',
      closed_by: { login: 'release-operator' },
    })
    const later = await ask(issue, 'PATCH', { state_reason: 'not_planned' })
    expect(later.json).toMatchObject({ state: 'closed', state_reason: 'completed' })
    expect(issueOf(server.state, 41).events.map(({ kind }) => kind)).toEqual(['closed'])
    expect(server.violations).toEqual([])
  },
)

spec('GATE/FR-001', 're-opening what is open is an error', async () => {
  await using server = await startGitHub(usualSeed())
  const issue = `${server.url}${cli}/issues/1141`
  expect((await ask(issue, 'PATCH', { state: 'open' })).json).toMatchObject({
    state: 'open',
    state_reason: 'reopened',
  })
  expect((await ask(issue, 'PATCH', { state: 'open' })).status).toBe(422)
})

spec('GATE/FR-011', 'comments come in pages that link to each other', async () => {
  const comments = Array.from({ length: 65 }, (_, i) => ({ author: 'x', body: `no. ${i}` }))
  await using server = await startGitHub(
    usualSeed({ e2e: { issues: [{ number: 41, title: 't', state: 'open', comments }] } }),
  )
  const sizes: number[] = []
  let next: string | undefined = `${server.url}${e2e}/issues/41/comments`
  while (next !== undefined) {
    const page = await ask(next)
    sizes.push((page.json as unknown as unknown[]).length)
    next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1]
  }
  expect(sizes).toEqual([30, 30, 5])
})

spec(
  'GATE/FR-011',
  'a body that is blank or over 65,536 characters is refused with 422',
  async () => {
    await using server = await startGitHub(usualSeed())
    const comments = `${server.url}${e2e}/issues/41/comments`
    expect((await ask(comments, 'POST', { body: 'x'.repeat(65_537) })).status).toBe(422)
    expect((await ask(comments, 'POST', { body: ' ' })).status).toBe(422)
    expect((await ask(comments, 'POST', { body: 'x'.repeat(65_536) })).status).toBe(201)
  },
)

spec(
  'GATE/FR-011',
  'tokens count: none reads, an unknown one does nothing, a read-only one writes nothing',
  async () => {
    await using server = await startGitHub(usualSeed())
    const issue = `${server.url}${e2e}/issues/41`
    const close = { state: 'closed' }
    expect((await ask(issue, 'GET', undefined, null)).status).toBe(200)
    expect((await ask(issue, 'PATCH', close, null)).status).toBe(401)
    expect((await ask(issue, 'GET', undefined, 'made-up')).status).toBe(401)
    expect((await ask(issue, 'PATCH', close, tokens.readOnly)).status).toBe(403)
    expect((await ask(`${server.url}/user`, 'GET', undefined, tokens.actions)).status).toBe(403)
    expect(issueOf(server.state, 41).state).toBe('open')
  },
)

spec(
  'GATE/FR-001',
  'a moved repository answers reads 301 and writes 307, by its number',
  async () => {
    const moved = 'new-owner/spec-kitty'
    const seed = usualSeed({ cli: { fullName: moved } })
    const old = { fullName: repositories.cli, movedTo: moved }
    await using server = await startGitHub({ ...seed, repositories: [...seed.repositories, old] })
    const read = await ask(`${server.url}${cli}/issues/1038`)
    expect(read.status).toBe(301)
    const followed = await ask(read.headers.get('location') ?? '')
    expect(followed.json).toMatchObject({ repository_url: `${server.url}/repos/${moved}` })
    const write = await ask(`${server.url}${cli}/issues/1038/comments`, 'POST', { body: 'x' })
    expect(write.status).toBe(307)
  },
)

spec(
  'GATE/FR-001',
  'merged pull requests are left out unless closed ones are asked for',
  async () => {
    const mergeCommit = 'c'.repeat(40)
    await using server = await startGitHub(
      usualSeed({
        cli: {
          issues: [{ number: 1141, title: 't', state: 'closed', closingPulls: [7] }],
          pulls: [{ number: 7, title: 'fix', state: 'closed', mergeCommit }],
        },
      }),
    )
    const [owner, name] = repositories.cli.split('/')
    const question = (argument: string): string =>
      `query ($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name) {
       issue(number: $number) { closedByPullRequestsReferences(first: 5${argument}) {
         nodes { number mergeCommit { oid } } } } } }`
    const pulls = async (argument: string, number: unknown = 1141): Promise<string> => {
      const variables = { owner, name, number }
      const body = { query: question(argument), variables }
      return JSON.stringify((await ask(`${server.url}/graphql`, 'POST', body)).json)
    }
    expect(await pulls('')).not.toContain(mergeCommit)
    expect(await pulls(', includeClosedPrs: true')).toContain(mergeCommit)
    expect(await pulls(', includeClosedPrs: true', '1141')).toContain('provided invalid value')
  },
)

spec(
  'GATE/FR-011',
  'what GitHub’s own description forbids is answered 500 and remembered',
  async () => {
    await using server = await startGitHub(usualSeed())
    const wrong = await ask(`${server.url}${e2e}/issues/41/comments`, 'POST', { text: 'x' })
    expect(wrong.status).toBe(500)
    await ask(`${server.url}${e2e}/issues/41?state=closed`)
    await ask(`${server.url}${e2e}/issues/41`, 'PATCH', { state: 'done' })
    expect(server.violations).toHaveLength(3)
    Object.assign(issueOf(server.state, 41), { title: 41 })
    expect((await ask(`${server.url}${e2e}/issues/41`)).status).toBe(500)
    expect(server.violations.at(-1)).toContain('response of issues/get: /title')
  },
)

spec(
  'GATE/FR-003',
  'every kind of thing it serves satisfies GitHub’s own description',
  async () => {
    const [sha, object] = ['d'.repeat(40), 'e'.repeat(40)]
    await using server = await startGitHub(
      usualSeed({
        cli: {
          pulls: [{ number: 7, title: 'fix', state: 'closed', mergeCommit: sha }],
          commits: [{ sha, message: 'fix', parents: ['f'.repeat(40)] }],
          tags: [{ name: 'v1', commit: sha, object }],
          releases: [{ tag: 'v1', prerelease: true }],
          issues: [
            {
              ...{ number: 1141, title: 't', state: 'closed', closingCommit: sha },
              reopenedAt: ['2026-02-01T00:00:00Z'],
              comments: [{ author: 'somebody', body: 'me too' }],
              mentionedBy: [{ repository: repositories.cli, pull: 7 }],
            },
          ],
        },
      }),
    )
    const paths = [
      ...['', '/pulls/7', '/issues/1141', '/issues/1141/comments', '/issues/1141/timeline'],
      ...[`/commits/${sha}`, '/git/ref/tags/v1', `/git/tags/${object}`, '/releases'],
    ].map((path) => `${cli}${path}`)
    for (const path of [...paths, '/user', '/rate_limit']) {
      expect((await ask(`${server.url}${path}`)).status, path).toBe(200)
    }
    expect(server.violations).toEqual([])
  },
)
