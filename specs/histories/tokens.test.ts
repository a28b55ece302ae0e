import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, vi } from 'vitest'
import { createHistories, NODE_TEST_COMMAND } from '../../fixtures/histories/index.ts'
import { verifyFixSubstance } from '../../packages/phase4-gate/src/fix-substance/requirement.ts'
import { testRun } from '../evidence/workspace.ts'
import { spec } from '../spec.ts'

afterEach(() => vi.unstubAllEnvs())

spec('GATE/FR-002', 'the tests of a fix run without any token that the gate holds', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tokens-'))
  const seen = join(folder, 'environment')
  const { cli, events, e2e, criteria, fixes } = await createHistories(join(folder, 'histories'))
  await using world = await testRun(() => ({
    checkouts: { cli: cli.folder, events: events.folder, e2e: e2e.folder },
    service: { url: 'http://127.0.0.1:9', tokenEnv: 'OWN_SERVICE_TOKEN' },
    fixes: {
      criteria,
      testCommand: ['sh', '-c', `env >> ${seen}; exec "$0" "$@"`, ...NODE_TEST_COMMAND],
    },
  }))
  for (const name of ['GITHUB_TOKEN', 'GH_TOKEN', 'OWN_SERVICE_TOKEN', 'TWINE_PASSWORD'])
    vi.stubEnv(name, `held-${name}`)
  const closedBy = [{ commit: fixes['1141'], foundBy: 'the spec' }]
  await world.run.facts.write('blockers', [{ issue: 1141, state: 'closed', closedBy }])
  await verifyFixSubstance(world.run)
  expect(await world.run.facts.read('fixes')).toMatchObject([{ verdict: 'substantive' }])
  expect(await readFile(seen, 'utf8')).not.toContain('held-')
  await rm(folder, { recursive: true })
})
