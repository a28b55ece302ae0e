import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { execa } from 'execa'
import { afterAll, beforeAll, expect } from 'vitest'
import { type GitHubSeed, startGitHub } from '../../fixtures/github/index.ts'
import type { Tamper } from '../../fixtures/http/server.ts'
import { createHistories, type Histories } from '../../fixtures/histories/index.ts'
import { author, githubSeed, repositories } from '../../fixtures/rehearsal/github-seed.ts'
import {
  findClosingChanges,
  type ClosingChange,
} from '../../packages/phase4-gate/src/blockers/linkage.ts'
import { openGitHub } from '../../packages/phase4-gate/src/github/open.ts'
import { spec } from '../spec.ts'

const token = 'token-of-the-spec'
let folder = ''
let histories: Histories

beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/blockers-`)
  histories = await createHistories(folder)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

type Issue = NonNullable<GitHubSeed['repositories'][number]['issues']>[number]

/** A pull request that is not merged. */
const openPull = 4711

/** What is found for 1141 when GitHub says this about it. */
async function found(
  change: Partial<Issue>,
  clone = histories.cli.folder,
  ours: readonly string[] = [repositories.cli],
  tamper?: Tamper,
): Promise<readonly ClosingChange[]> {
  const seed = githubSeed(histories, token)
  const [cli, ...others] = seed.repositories
  const issues = (cli?.issues ?? []).map((issue) =>
    issue.number === 1141 ? { ...issue, ...change } : issue,
  )
  const pulls = [...(cli?.pulls ?? []), { number: openPull, title: 'x', state: 'open' as const }]
  await using server = await startGitHub({
    ...seed,
    repositories: [{ ...cli, fullName: repositories.cli, issues, pulls }, ...others],
  })
  if (tamper !== undefined) server.tampers.push(tamper)
  const github = await openGitHub(
    {
      github: {
        apiUrl: server.url,
        repositories,
        tokenEnv: 'T',
        author,
        timeoutMs: 5_000,
        longestWaitMs: 1_000,
        readBackAfterMs: 500,
      },
    },
    { T: token },
  )
  return await findClosingChanges(github, clone, await github.issue(1141), ours)
}

const pull = (): number => histories.closedBy['1141']?.pull ?? 0
const fix = (): string => histories.closedBy['1141']?.commit ?? ''

spec(
  'GATE/FR-001',
  'a closing pull request that two answers tell differently stops the gate: a stale merge has no time then',
  async () => {
    const changes = [
      { merged: false, merged_at: null },
      { merge_commit_sha: 'd'.repeat(40) },
      { merge_commit_sha: null },
    ]
    for (const change of changes) {
      const tamper: Tamper = (request, answer) => {
        if (request !== `GET pull ${pull()}`) return answer
        const fields = JSON.parse(Buffer.from(answer.bytes).toString('utf8')) as object
        const headers = Object.entries(answer.headers).filter(([name]) => name !== 'content-length')
        const bytes = Buffer.from(JSON.stringify({ ...fields, ...change }))
        return { ...answer, headers: Object.fromEntries(headers), bytes }
      }
      await expect(
        found({}, histories.cli.folder, [repositories.cli], tamper),
        JSON.stringify(change),
      ).rejects.toMatchObject({
        report: { code: 'closing-pull-contradictory', verdict: 'inconclusive' },
      })
    }
  },
)

spec(
  'GATE/FR-001',
  'a merged pull request that GitHub links as closing is found, with its number',
  async () => {
    expect(await found({})).toEqual([
      {
        commit: fix(),
        foundBy: `closing pull request ${repositories.cli}#${pull()}`,
        setAside: null,
      },
    ])
  },
)

spec(
  'GATE/FR-001',
  'without such a pull request the commit of the closed event counts',
  async () => {
    expect(await found({ closingPulls: [], closingCommit: fix() })).toEqual([
      { commit: fix(), foundBy: 'closed event of the timeline', setAside: null },
    ])
  },
)

spec(
  'GATE/FR-001',
  'without either, a merged pull request of the repository that mentions the issue',
  async () => {
    const mentionedBy = [{ repository: repositories.cli, pull: pull() }]
    expect(await found({ closingPulls: [], mentionedBy })).toEqual([
      {
        commit: fix(),
        foundBy: `merged pull request #${pull()} that mentions the issue`,
        setAside: null,
      },
    ])
  },
)

spec(
  'GATE/FR-001',
  'commit messages come last, and only where they say that they close it',
  async () => {
    // The clone's messages mention the issue as "(#1141)": that is no claim to have closed it.
    expect(await found({ closingPulls: [] })).toEqual([])
    const clone = `${folder}/claims`
    await execa('git', ['clone', '--quiet', histories.cli.folder, clone])
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.invalid']
    const message = 'Queue rollbacks\n\nFixes Priivacy-ai/spec-kitty#1141.'
    await execa('git', [...who, 'commit', '--allow-empty', '--message', message], { cwd: clone })
    const changes = await found({ closingPulls: [] }, clone)
    expect(changes.map(({ foundBy }) => foundBy)).toEqual(['commit message'])
  },
)

spec(
  'GATE/FR-002',
  'a change merged before the issue was re-opened is listed and set aside',
  async () => {
    const [change] = await found({ reopenedAt: ['2026-06-01T00:00:00Z'] })
    expect(change?.commit).toBe(fix())
    expect(change?.setAside).toMatch(/before the issue was re-opened/)
  },
)

spec('GATE/FR-002', 'a commit that the clone does not have is listed and set aside', async () => {
  const [change] = await found({ closingPulls: [], closingCommit: 'f'.repeat(40) })
  expect(change?.setAside).toMatch(/has no such commit/)
})

spec('GATE/FR-001', 'a change that is found in two ways is one change', async () => {
  expect((await found({ closingCommit: fix() })).map(({ commit }) => commit)).toEqual([fix()])
})

spec('GATE/FR-001', 'where GitHub links a change, no mention adds another', async () => {
  const other = histories.closedBy['1182']?.pull ?? 0
  const mentionedBy = [{ repository: repositories.cli, pull: other }]
  expect((await found({ mentionedBy })).map(({ commit }) => commit)).toEqual([fix()])
})

spec(
  'GATE/FR-001',
  'a change merged after the issue was re-opened may have closed it',
  async () => {
    const [change] = await found({ reopenedAt: ['2000-01-01T00:00:00Z'] })
    expect(change).toMatchObject({ commit: fix(), setAside: null })
  },
)

spec('GATE/FR-001', 'a linked pull request that is not merged is no change', async () => {
  const changes = await found({ closingPulls: [pull(), openPull] })
  expect(changes.map(({ commit }) => commit)).toEqual([fix()])
})

spec('GATE/FR-002', 'a change of another repository is listed and set aside', async () => {
  const [change] = await found({}, histories.cli.folder, ['somebody/else'])
  expect(change?.setAside).toBe(`it is a change of ${repositories.cli}`)
})
