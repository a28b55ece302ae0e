import { execa } from 'execa'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pythonBase, pythonPaths } from '../../fixtures/fix-corpus/base-python.ts'
import { realQueueFix, vacuousRollbackTest } from '../../fixtures/fix-corpus/parts/snippets.ts'

export const FILES = 5_000
export const COMMITS = 9_000

/** A repository as large as the real one, whose newest commit changes the queue path; gone at exit. */
export async function largeHistory(): Promise<string> {
  const repo = mkdtempSync(join(tmpdir(), 'large-history-'))
  process.once('exit', () => rmSync(repo, { recursive: true, force: true }))
  const git = execa({ cwd: repo, env: { GIT_CONFIG_NOSYSTEM: '1' } })
  await git`git init --quiet --initial-branch=main`
  await git({ input: stream() })`git fast-import --quiet`
  return repo
}

/** A history of one line a commit over many files; the last one changes the queue path and a test. */
function stream(): string {
  const names = Array.from({ length: FILES }, (_, at) => `src/pack${at % 50}/module_${at}.py`)
  const first = [
    ...names.map((name, at) => file(name, `VALUE = ${at}\n\n\ndef read():\n    return VALUE\n`)),
    ...Object.entries(pythonBase).map(([name, text]) => file(name, text)),
  ]
  const middle = Array.from({ length: COMMITS - 2 }, (_, at) =>
    commit(at + 2, [
      file(names[at % FILES] ?? '', `VALUE = ${at + FILES}\n\n\ndef read():\n    return VALUE\n`),
    ]),
  )
  const [[old, now]] = realQueueFix
  const fixed = (pythonBase[pythonPaths.queue] ?? '').replace(old, now)
  const last = [
    file(pythonPaths.queue, fixed),
    file('tests/sync/test_rollback.py', vacuousRollbackTest),
  ]
  return [commit(1, first), ...middle, commit(COMMITS, last)].join('\n') + '\n'
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
