import { join } from 'node:path'
import { expect } from 'vitest'
import { startGitHub } from '../../fixtures/github/index.ts'
import { createHistories } from '../../fixtures/histories/index.ts'
import { githubSeed, repositories } from '../../fixtures/rehearsal/github-seed.ts'
import { readBlockers } from '../../packages/phase4-gate/src/blockers/requirements.ts'
import { requireBlockersAsProven } from '../../packages/phase4-gate/src/publication/still-true.ts'
import { testRun } from '../evidence/workspace.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'

spec(
  'GATE/FR-001',
  'a blocker that was closed again holds before its timeline says so',
  async () => {
    process.env['CLOSED_AGAIN_TOKEN'] = 'token-of-the-spec'
    await using world = await testRun()
    const { run, root } = world
    const histories = await createHistories(join(root, 'histories'))
    await using server = await startGitHub(githubSeed(histories, 'token-of-the-spec'))
    Object.assign(run.world.github, {
      ...{ apiUrl: server.url, repositories, tokenEnv: 'CLOSED_AGAIN_TOKEN' },
    })
    run.world.checkouts.cli = histories.cli.folder
    await run.facts.write('blockers', await readBlockers(run))
    await expect(requireBlockersAsProven(run)).resolves.toBeUndefined()
    const issue = server.state.repositories
      .flatMap(({ issues }) => issues)
      .find(({ number }) => number === 1141)
    if (issue !== undefined) issue.closedAt = '2026-11-30T08:00:00Z'
    expect((await stopOf(requireBlockersAsProven(run))).code).toBe('blocker-changed')
  },
)
