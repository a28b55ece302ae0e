import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { git } from '@canary-gate/programs'

/** A span of lines: first line (from 1), and how many; with none, the place is after that line. */
export interface Span {
  readonly first: number
  readonly count: number
}

/** Adjacent lines that differ. */
export interface LineChange {
  readonly before: Span
  readonly after: Span
}

const words = ['diff', '-U0', '--no-renames', '--no-color', '--no-ext-diff', '--text']

/** What differs in a file of two commits. */
export async function changesOfFile(
  repo: string,
  base: string,
  head: string,
  path: string,
): Promise<readonly LineChange[]> {
  return read(await git(repo, [...words, base, head, '--', `:(top,literal)${path}`]))
}

/** The same of two texts, which no commit has. */
export async function changesOfTexts(
  before: string,
  after: string,
): Promise<readonly LineChange[]> {
  const folder = await mkdtemp(join(tmpdir(), 'fix-lines-'))
  try {
    await git(folder, ['init', '--quiet', '--bare'])
    const keep = (text: string): Promise<string> =>
      git(folder, ['hash-object', '-w', '--stdin'], text)
    return read(await git(folder, [...words, await keep(before), await keep(after)]))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const header =
  /^@@ -(?<oldFirst>\d+)(?:,(?<oldCount>\d+))? \+(?<newFirst>\d+)(?:,(?<newCount>\d+))? @@/gm

function read(diff: string): readonly LineChange[] {
  return [...diff.matchAll(header)].map(({ groups = {} }) => ({
    before: span(groups['oldFirst'], groups['oldCount']),
    after: span(groups['newFirst'], groups['newCount']),
  }))
}

function span(first = '0', count = '1'): Span {
  return { first: Number(first), count: Number(count) }
}
