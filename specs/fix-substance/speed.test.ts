import { execa } from 'execa'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { pythonBase, pythonPaths } from '../../fixtures/fix-corpus/base-python.ts'
import { realQueueFix, vacuousRollbackTest } from '../../fixtures/fix-corpus/snippets.ts'
import { readCriterion } from '../../src/gate/fix-substance/criterion.ts'
import { inspectFix } from '../../src/gate/fix-substance/inspect.ts'
import { spec } from '../spec.ts'

const files = 5_000
const commits = 9_000
const boundMs = 1_500
const repetitions = 9

let repo = ''
beforeAll(async () => {
  repo = await mkdtemp(join(tmpdir(), 'large-history-'))
  const git = execa({ cwd: repo, env: { GIT_CONFIG_NOSYSTEM: '1' } })
  await git`git init --quiet --initial-branch=main`
  await git({ input: stream() })`git fast-import --quiet`
}, 120_000)

afterAll(() => rm(repo, { recursive: true, force: true }))

spec(
  'GATE/FR-002',
  `reading a change takes at most ${boundMs} ms in a repository of ${commits} commits and ${files} files`,
  async () => {
    const criterion = await readCriterion('1141')
    const times: number[] = []
    for (let run = 0; run < repetitions; run++) {
      const start = performance.now()
      const report = await inspectFix({ repo, commits: ['main'], criterion, runner: null })
      times.push(performance.now() - start)
      expect(report.verdict).toBe('review')
    }
    const median = times.toSorted((one, other) => one - other)[Math.floor(repetitions / 2)] ?? 0
    process.stderr.write(`static inspection, median of ${repetitions}: ${Math.round(median)} ms\n`)
    expect(median).toBeLessThanOrEqual(boundMs)
  },
  60_000,
)

/** A history of one line a commit over many files; the last one changes the queue path and a test. */
function stream(): string {
  const names = Array.from({ length: files }, (_, at) => `src/pack${at % 50}/module_${at}.py`)
  const first = [
    ...names.map((name, at) => file(name, `VALUE = ${at}\n\n\ndef read():\n    return VALUE\n`)),
    ...Object.entries(pythonBase).map(([name, text]) => file(name, text)),
  ]
  const middle = Array.from({ length: commits - 2 }, (_, at) =>
    commit(at + 2, [
      file(names[at % files] ?? '', `VALUE = ${at + files}\n\n\ndef read():\n    return VALUE\n`),
    ]),
  )
  const [[old, now]] = realQueueFix
  const fixed = (pythonBase[pythonPaths.queue] ?? '').replace(old, now)
  const last = [
    file(pythonPaths.queue, fixed),
    file('tests/sync/test_rollback.py', vacuousRollbackTest),
  ]
  return [commit(1, first), ...middle, commit(commits, last)].join('\n') + '\n'
}

function commit(number: number, changes: readonly string[]): string {
  const at = 1_700_000_000 + number
  return [
    'commit refs/heads/main',
    `mark :${number}`,
    `committer Large <large@example.invalid> ${at} +0000`,
    data(`Change ${number}`),
    ...(number === 1 ? [] : [`from :${number - 1}`]),
    ...changes,
  ].join('\n')
}

function file(path: string, text: string): string {
  return `M 100644 inline ${path}\n${data(text)}`
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`
}
