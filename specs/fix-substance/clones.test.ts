import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect } from 'vitest'
import { corpus, javascriptCriteria, writeCorpus } from '../../fixtures/fix-corpus/index.ts'
import type { FixReport } from '../../src/gate/fix-substance/report.ts'
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
