import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { execa } from 'execa'
import { afterAll, beforeAll, expect } from 'vitest'
import {
  corpus,
  javascriptCriteria,
  writeCorpus,
  type WrittenCase,
} from '../../fixtures/fix-corpus/index.ts'
import { spec } from '../spec.ts'
import { inspectFixIn, type Ran } from './inspect-fix.ts'

let folder = ''
let cases: readonly WrittenCase[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inspect-fix-'))
  cases = await writeCorpus(
    folder,
    corpus.filter(({ language }) => language === 'javascript'),
  )
  await writeFile(join(folder, 'criterion.json'), JSON.stringify(javascriptCriteria[1141]))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function inspectFix(...words: string[]): Promise<Ran> {
  return inspectFixIn(folder, words)
}

function written(name: string): WrittenCase {
  const found = cases.find((one) => one.case.name === name)
  if (found === undefined) throw new Error(`no such case: ${name}`)
  return found
}

function about({ repo, commits }: WrittenCase): string[] {
  return ['--repo', repo, '--criterion', 'criterion.json', '--commit', ...commits]
}

const real = 'a guard in the key function, in JavaScript'

spec('GATE/FR-002', 'a proven fix exits 0, and its JSON fits the published schema', async () => {
  const { stdout, exitCode } = await inspectFix(...about(written(real)), '--run-tests', '--json')
  const report: unknown = JSON.parse(stdout)
  expect(report).toMatchObject({
    verdict: 'substantive',
    standing: 'accepted',
    execution: { outcome: 'ran' },
  })
  expect(exitCode).toBe(0)
  const schema = JSON.parse((await inspectFix('--schema')).stdout) as object
  const validate = new Ajv2020().compile(schema)
  expect(validate(report), JSON.stringify(validate.errors)).toBe(true)
})

spec('GATE/FR-002', 'without running the tests the same fix is for review: exit 4', async () => {
  const { stdout, exitCode } = await inspectFix(...about(written(real)))
  expect(stdout).toContain('REVIEW (review)')
  expect(stdout).toContain('--run-tests')
  expect(exitCode).toBe(4)
})

spec('GATE/FR-002', 'a rejection exits 1 and points at file, lines and function', async () => {
  const { stdout, exitCode } = await inspectFix(
    ...about(written('a write to process.stderr in queueEvent')),
  )
  expect(stdout).toMatch(/NO-TEST.*\n {2}- src\/sync\/queue\.js:\d+-\d+ OfflineQueue\.queueEvent/)
  expect(exitCode).toBe(1)
})

spec('GATE/FR-002', 'what cannot be found out exits 3', async () => {
  const name = 'before the fix the test module cannot be loaded, in JavaScript'
  expect((await inspectFix(...about(written(name)), '--run-tests')).exitCode).toBe(3)
  const quiet = ['--test-command', JSON.stringify(['true'])]
  const { stdout, exitCode } = await inspectFix(...about(written(real)), '--run-tests', ...quiet)
  expect(stdout).toContain('no test was reported (exit code 0)')
  expect(exitCode).toBe(3)
})

spec(
  'GATE/FR-002',
  'a runner that prints success and writes no report proves nothing',
  async () => {
    const loud = ['--test-command', JSON.stringify(['sh', '-c', 'echo "2 passed"; exit 0'])]
    const { exitCode } = await inspectFix(...about(written(real)), '--run-tests', ...loud)
    expect(exitCode).toBe(3)
  },
)

spec('GATE/FR-002', 'tests that do not end are ended, and prove nothing', async () => {
  const hanging = ['--timeout', '1', '--test-command', JSON.stringify(['sleep', '60'])]
  const { stdout, exitCode } = await inspectFix(...about(written(real)), '--run-tests', ...hanging)
  expect(stdout).toContain('did not end within 1000 ms')
  expect(exitCode).toBe(3)
})

spec(
  'GATE/FR-002',
  'many commits are one JSON line each, in order, an unknown one included, whatever else a line says',
  async () => {
    const list = [
      real,
      'a write to process.stderr in queueEvent',
      'a test alone, in JavaScript',
    ].map(written)
    const shas = [...list.map(({ commits }) => commits[0] ?? ''), 'f'.repeat(40)]
    await writeFile(
      join(folder, 'shas.txt'),
      `\uFEFF${shas.join(' fix: a title\r\n')}\n\n# a comment\n`,
    )
    const repo = list[0]?.repo ?? ''
    const { stdout, exitCode } = await inspectFix(
      '--repo',
      repo,
      '--criterion',
      'criterion.json',
      '--commits',
      'shas.txt',
      '--json',
    )
    const lines = stdout
      .split('\n')
      .map((line) => JSON.parse(line) as { commit: string; verdict: string })
    expect(lines.map(({ commit }) => commit)).toEqual(shas)
    expect(lines.map(({ verdict }) => verdict)).toEqual([
      'review',
      'no-test',
      'tests-only',
      'review',
    ])
    expect(exitCode).toBe(3)
  },
)

spec('GATE/FR-002', 'wrong arguments exit 2 and say what to write', async () => {
  expect(await inspectFix('--commit', 'HEAD')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--criterion is missing') as unknown,
  })
  expect((await inspectFix(...about(written(real)), '--timeout', 'soon')).exitCode).toBe(2)
  const words = await inspectFix(
    ...about(written(real)),
    '--run-tests',
    '--test-command',
    'npm test',
  )
  expect(words.stderr).toContain('JSON array')
})

spec(
  'GATE/FR-002',
  "the operator's clone is only read: no work tree, branch or object is left in it",
  async () => {
    const { repo } = written(real)
    const look = async (): Promise<string> =>
      (
        await execa(
          'sh',
          [
            '-c',
            'git worktree list; git for-each-ref; git count-objects -v; git status --short | head',
          ],
          { cwd: repo },
        )
      ).stdout
    const before = await look()
    await inspectFix(...about(written(real)), '--run-tests')
    expect(await look()).toBe(before)
  },
)
