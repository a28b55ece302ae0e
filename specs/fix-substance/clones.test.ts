import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect } from 'vitest'
import { corpus, javascriptCriteria, writeCorpus } from '../../fixtures/fix-corpus/index.ts'
import type { FixReport } from '../../packages/fix-prover/src/inspecting/report.ts'
import { spec } from '../spec.ts'
import { inspectFixIn } from './inspect-fix.ts'

const real = 'a guard in the key function, in JavaScript'

let folder = ''
let repo = ''
let commit = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fix-clones-'))
  const written = await writeCorpus(
    folder,
    corpus.filter(({ name }) => name === real),
  )
  repo = written[0]?.repo ?? ''
  commit = written[0]?.commits[0] ?? ''
  await writeFile(join(folder, 'criterion.json'), JSON.stringify(javascriptCriteria[1141]))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function inspect(
  clone: string,
  more: readonly string[] = [],
  env?: Readonly<Record<string, string>>,
): Promise<{ report: FixReport; exitCode: number | undefined }> {
  const words = ['--repo', clone, '--criterion', 'criterion.json', '--commit', commit, '--json']
  const { stdout, exitCode } = await inspectFixIn(folder, [...words, ...more], env)
  return { report: JSON.parse(stdout) as FixReport, exitCode }
}

async function clone(name: string, ...options: string[]): Promise<string> {
  const path = join(folder, name)
  await execa('git', ['clone', '--quiet', ...options, `file://${repo}`, path])
  return path
}

spec(
  'GATE/FR-002',
  'a bare clone and a folder inside a clone are judged like the clone',
  async () => {
    const bare = await clone('bare.git', '--bare')
    expect((await inspect(bare, ['--run-tests'])).report.verdict).toBe('substantive')
    const inside = join(await clone('whole'), 'src')
    await mkdir(inside, { recursive: true })
    expect((await inspect(inside, ['--run-tests'])).report.verdict).toBe('substantive')
  },
)

spec(
  'GATE/FR-002',
  'in a shallow clone the parent is missing: nothing is judged against an empty tree',
  async () => {
    const branch = (
      await execa('git', ['branch', '--contains', commit, '--format=%(refname:short)'], {
        cwd: repo,
      })
    ).stdout
    const shallow = await clone('shallow', '--depth=1', `--branch=${branch.split('\n')[0] ?? ''}`)
    const { report, exitCode } = await inspect(shallow)
    expect(report).toMatchObject({ verdict: 'review', standing: 'inconclusive' })
    expect(report.reasons[0]?.text).toContain('shallow')
    expect(exitCode).toBe(3)
  },
)

spec(
  'GATE/FR-002',
  'a folder that is no clone is inconclusive in JSON too, and says what to name',
  async () => {
    await mkdir(join(folder, 'nothing'))
    const { report, exitCode } = await inspect(join(folder, 'nothing'))
    expect(report).toMatchObject({ verdict: 'review', standing: 'inconclusive' })
    expect(report.reasons[0]).toMatchObject({
      code: 'no-repository',
      text: expect.stringContaining('--repo') as unknown,
    })
    expect(exitCode).toBe(3)
  },
)

spec('GATE/FR-002', "the operator's settings for git change nothing", async () => {
  const hooks = join(folder, 'hooks')
  await mkdir(hooks)
  await writeFile(join(hooks, 'post-checkout'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  const settings = join(folder, 'gitconfig')
  await writeFile(settings, `[core]\n  autocrlf = true\n  hooksPath = ${hooks}\n`)
  const { report } = await inspect(repo, ['--run-tests'], { GIT_CONFIG_GLOBAL: settings })
  expect(report.verdict).toBe('substantive')
})

spec(
  'GATE/FR-002',
  'commits of the same second are one fix by their ancestry, in whatever order they are named',
  async () => {
    const rebased = await clone('rebased')
    const now = '2026-05-20T12:00:00Z'
    const author = ['-c', 'user.name=Corpus', '-c', 'user.email=corpus@example.invalid']
    const dates = { GIT_AUTHOR_DATE: now, GIT_COMMITTER_DATE: now }
    const git = execa({ cwd: rebased, env: dates })
    await git`git checkout --quiet ${`${commit}~1`}`
    const record = async (message: string): Promise<string> => {
      await git('git', [...author, 'commit', '--quiet', '-m', message])
      return (await git`git rev-parse HEAD`).stdout
    }
    await git`git checkout --quiet ${commit} -- src`
    const fix = await record('fix')
    await writeFile(join(rebased, 'notes.md'), '# Notes\n')
    await git`git add notes.md`
    await record('notes')
    await git`git checkout --quiet ${commit} -- tests`
    const tests = await record('tests')
    for (const named of [
      [fix, tests],
      [tests, fix],
    ]) {
      const words = ['--repo', rebased, '--criterion', 'criterion.json', '--json', '--commit']
      const { stdout } = await inspectFixIn(folder, [...words, ...named])
      const report = JSON.parse(stdout) as FixReport
      expect(report.commit).toBe(tests)
      expect(report.changedTests).toHaveLength(1)
    }
  },
)

spec(
  'GATE/FR-002',
  "the shipped criterion knows JavaScript's spelling of its functions",
  async () => {
    const words = [
      '--repo',
      repo,
      '--criterion',
      '1141',
      '--commit',
      commit,
      '--json',
      '--run-tests',
    ]
    const { stdout } = await inspectFixIn(folder, words)
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'substantive' })
  },
)

spec('GATE/FR-002', 'every reason about a test says its file and lines', async () => {
  const { report } = await inspect(repo, ['--run-tests'])
  expect(report.reasons.find(({ code }) => code === 'fail-to-pass')).toMatchObject({
    file: 'tests/rollback.test.js',
    unit: 'every change is a row of its own',
    lines: [11, 16],
  })
})
