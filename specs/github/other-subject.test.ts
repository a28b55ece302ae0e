import { expect } from 'vitest'
import { startGitHub, tokens, usualSeed } from '../../fixtures/github/index.ts'
import type { GitHub } from '../../packages/gate-kernel/src/github/github.ts'
import { openGitHub } from '../../packages/phase4-gate/src/github/open.ts'
import { worldWith } from '../publication/scene.ts'
import { spec } from '../spec.ts'
import { stopOf } from './scene.ts'

const [one, other] = ['a'.repeat(40), 'b'.repeat(40)]
const [objectOfOne, objectOfOther] = ['c'.repeat(40), 'd'.repeat(40)]
const closed = (number: number, pull: number) => {
  return { number, title: 't', state: 'closed' as const, closingPulls: [pull] }
}
const merged = (number: number, mergeCommit: string) => {
  return { number, title: 'fix', state: 'closed' as const, mergeCommit, baseRef: 'main' }
}
const commit = (sha: string) => ({ sha, message: 'a change', parents: [] })
const seed = usualSeed({
  cli: {
    issues: [closed(1141, 7), closed(1182, 8)],
    pulls: [merged(7, one), merged(8, other)],
    commits: [commit(one), commit(other)],
    tags: [
      { name: 'v1', commit: one, object: objectOfOne },
      { name: 'v2', commit: other, object: objectOfOther },
    ],
  },
})

/** What is asked for, and which part of the request a cache, or a proxy, confuses with which other one. */
const confusions: readonly (readonly [
  what: string,
  read: (github: GitHub) => Promise<unknown>,
  from: string,
  to: string,
])[] = [
  ['an issue', (github) => github.issue(1141), '/issues/1141', '/issues/1182'],
  ['a pull request', (github) => github.pullRequest('cli', 7), '/pulls/7', '/pulls/8'],
  [
    'pull requests that close an issue',
    (github) => github.closingPullRequests(1141),
    '"number":1141',
    '"number":1182',
  ],
  ['a commit', (github) => github.commit('cli', one), one, other],
  ['a tag', (github) => github.tag('cli', 'v1'), 'v1', 'v2'],
  ['the object of a tag', (github) => github.tag('cli', 'v1'), objectOfOne, objectOfOther],
]

for (const [what, read, from, to] of confusions)
  spec(
    ['GATE/FR-001', 'GATE/NFR-004'],
    `an answer about another one is not the answer about ${what}`,
    async () => {
      await using world = await openConfused(from, to)
      expect(await world.truly(read)).toBeDefined()
      const { kind } = await stopOf(read(world.confused))
      expect(kind).toMatch(/^(?:unreadable|transferred)$/)
    },
  )

spec('GATE/NFR-004', 'a tag of a tag without end is given up', async () => {
  await using world = await openConfused(objectOfOther, objectOfOther, (text) =>
    text.replace(/"type":"commit"/, '"type":"tag"').replace(one, objectOfOne),
  )
  expect((await stopOf(world.confused.tag('cli', 'v1'))).kind).toBe('unreadable')
})

/** A client whose requests are answered as if they had asked for something else. */
async function openConfused(from: string, to: string, change = (text: string) => text) {
  const server = await startGitHub(seed, {})
  const env = { GITHUB_TOKEN: tokens.operator }
  const open = (transport: typeof fetch): Promise<GitHub> =>
    openGitHub(worldWith(server.url), env, { retryDelaysMs: [1], fetch: transport })
  const confused = await open(async (input, init) => {
    const url = (input instanceof Request ? input.url : String(input)).replace(from, to)
    const body = typeof init?.body === 'string' ? { body: init.body.replace(from, to) } : {}
    const { status, headers, ...response } = await fetchedFrom(url, { ...init, ...body })
    return new Response(change(response.text), { status, headers })
  })
  return {
    confused,
    truly: async (read: (github: GitHub) => Promise<unknown>) => read(await open(fetch)),
    [Symbol.asyncDispose]: () => server.close(),
  }
}

async function fetchedFrom(url: string, init: RequestInit) {
  const response = await fetch(url, init)
  return { status: response.status, headers: response.headers, text: await response.text() }
}
