import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { askGit, git, isAncestor, resolveCommit } from '../../packages/programs/src/git.ts'
import { stopReportOf } from '../../packages/gate-kernel/src/stop/stop-report.ts'
import { harnessState } from '../../packages/phase4-gate/src/harness/state.ts'
import { missingFixes } from '../../packages/phase4-gate/src/installation/contained-fixes.ts'
import { testRun, type TestRun } from '../evidence/workspace.ts'
import { spec } from '../spec.ts'

// A tool that gave no answer did not say no: nothing that it was asked about is the candidate's fault.

let root = ''
let clone = ''
let head = ''
let world: TestRun
const path = process.env['PATH'] ?? ''
const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example']
const own = async (...args: string[]): Promise<string> =>
  (await execa('git', [...identity, ...args], { cwd: clone })).stdout

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'unanswered-'))
  clone = join(root, 'clone')
  for (const folder of ['clone', 'no-tools', 'killed', 'plain']) await mkdir(join(root, folder))
  await writeFile(join(root, 'killed', 'git'), '#!/bin/sh\nkill -9 $$\n')
  await chmod(join(root, 'killed', 'git'), 0o755)
  await own('init', '--quiet')
  for (const text of ['broken\n', 'fixed\n']) {
    await writeFile(join(clone, 'queue.py'), text)
    await own('add', '.')
    await own('commit', '--quiet', '-m', text)
  }
  head = await own('rev-parse', 'HEAD')
  world = await testRun()
})
afterEach(() => void (process.env['PATH'] = path))
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await rm(root, { recursive: true })
})

const fix = () => [{ issue: 1141, commit: head, verdict: 'substantive', tests: [] }]
const rc16 = () => ({ tag: 'v3.2.0rc16', commit: head })

/** Everything that the gate asks of git and that has a no for an answer. */
const questions: Readonly<Record<string, () => Promise<unknown>>> = {
  'is there such a commit': () => resolveCommit(clone, 'HEAD'),
  'does one contain the other': () => isAncestor(clone, `${head}~1`, head),
  'is the fix in the candidate': () => missingFixes(clone, rc16(), fix()),
  'what does the checkout track': () => harnessState(world.run),
}

spec(
  ['GATE/FR-002', 'GATE/NFR-004', 'GATE/FR-008'],
  'where git is missing, or is ended, nothing is concluded about the candidate',
  async () => {
    for (const tools of ['no-tools', 'killed'])
      for (const [question, ask] of Object.entries(questions)) {
        process.env['PATH'] =
          tools === 'killed' ? `${join(root, tools)}:${path}` : join(root, tools)
        const error: unknown = await ask().catch((cause: unknown) => cause)
        const stop = { cause: 'environment', verdict: 'inconclusive', code: 'git-failed' }
        expect(stopReportOf(error), `${tools}: ${question}`).toMatchObject(stop)
      }
  },
)

spec(
  ['GATE/FR-002', 'GATE/NFR-004'],
  'a clone that git does not read is not one without the commit',
  async () => {
    expect(await resolveCommit(clone, 'v9')).toBeNull()
    expect(await resolveCommit(clone, 'f'.repeat(40))).toBeNull()
    await expect(resolveCommit(join(root, 'plain'), 'HEAD')).rejects.toThrow(/not a git repository/)
    expect((await askGit(clone, ['cat-file', '-e', 'HEAD:none'])).ok).toBe(false)
  },
)

spec(
  'GATE/NFR-004',
  'a file of the candidate that cannot be read is not taken for one that it does not have',
  async () => {
    expect(await missingFixes(clone, rc16(), fix())).toEqual([])
    const blob = await git(clone, ['rev-parse', 'HEAD:queue.py'])
    await rm(join(clone, '.git', 'objects', blob.slice(0, 2), blob.slice(2)))
    const error: unknown = await missingFixes(clone, rc16(), fix()).catch((cause: unknown) => cause)
    expect(stopReportOf(error)).toMatchObject({ cause: 'environment', code: 'git-failed' })
  },
)
