import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, vi } from 'vitest'
import { createHistories, NODE_TEST_COMMAND } from '../../fixtures/histories/index.ts'
import { brokenInCandidate } from '../../packages/phase4-gate/src/fix-substance/requirement.ts'
import { openGitHub } from '../../packages/phase4-gate/src/github/open.ts'
import { readBundle } from '../../packages/phase4-gate/src/publication/bundle.ts'
import { observe } from '../../packages/phase4-gate/src/publication/observe.ts'
import { testRun } from '../evidence/workspace.ts'
import { openProvenRun } from '../publication/proven-run.ts'
import { spec } from '../spec.ts'

const tokens = ['OWN_REPOSITORY_TOKEN', 'OWN_READER_TOKEN', 'FLY_API_TOKEN'] as const

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tokens-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const name of tokens) vi.stubEnv(name, `secret of ${name}`)
  onTestFinished(() => void vi.unstubAllEnvs())
  return folder
}

spec('GATE/FR-009', "what prepares the candidate's tree for its tests sees no token", async () => {
  const folder = await temporary()
  const histories = await createHistories(folder)
  await using world = await testRun()
  const { run } = world
  Object.assign(run.world.checkouts, { cli: histories.cli.folder })
  Object.assign(run.world.github, { tokenEnv: tokens[0] })
  Object.assign(run.world.service, { tokenEnv: tokens[1] })
  const seen = join(folder, 'seen')
  run.world.fixes.testCommand = [...NODE_TEST_COMMAND]
  run.world.fixes.prepareCommand = ['sh', '-c', `env > '${seen}'`]
  const provenBy =
    'tests/sync/rollback.test.js > every change of a work package is a row of its own'
  const fix = { issue: 1141, commit: histories.fixes['1141'], verdict: 'substantive' }
  await run.facts.write('fixes', [{ ...fix, tests: [provenBy] }])
  const tagged = histories.cli.tags.find(({ name }) => name === 'v3.2.0rc16')?.commit ?? ''
  expect(await brokenInCandidate(run, tagged)).toEqual([])
  const text = await readFile(seen, 'utf8')
  expect(text).toMatch(/^PATH=/m)
  expect(text).not.toContain('secret of')
})

spec(
  'GATE/FR-011',
  'the candidate that is looked at before publication sees no token',
  async () => {
    await temporary()
    await using proven = await openProvenRun()
    const { run } = proven
    const bundle = await readBundle(run, 'https://github.com/o/r/issues/41', true)
    const github = await openGitHub(run.world)
    vi.stubEnv('OWN_REPOSITORY_TOKEN', process.env[run.world.github.tokenEnv] ?? '')
    Object.assign(run.world.github, { tokenEnv: 'OWN_REPOSITORY_TOKEN' })
    const { bin } = bundle.installation
    await writeFile(bin, '#!/bin/sh\necho 3.2.0rc16\nenv > "$0.seen"\n')
    expect((await observe(run, bundle, github)).versionProblem).toBeNull()
    const text = await readFile(`${bin}.seen`, 'utf8')
    expect(text).toMatch(/^SPEC_KITTY_HOME=/m)
    expect(text).not.toMatch(/OWN_REPOSITORY_TOKEN|FLY_API_TOKEN/)
  },
)
