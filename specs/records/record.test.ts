import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, expect, onTestFinished } from 'vitest'
import { writeRecord } from '../record.ts'
import { spec } from '../spec.ts'

const committed = ['packages/kernel/index.ts', 'specs/a.test.ts', 'docs/figures.md', 'package.json']
const author = ['-c', 'user.name=t', '-c', 'user.email=t@example.org']

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'record-'))
  await git('init', '-q')
  for (const path of committed) await write(path, 'as committed\n')
  await write('.gitignore', 'artifacts/\n')
  await git('add', '.')
  await git(...author, 'commit', '-q', '-m', 'all')
  return () => rm(root, { recursive: true })
})

const git = (...words: string[]) => execa('git', words, { cwd: root })

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}

async function changed(): Promise<number> {
  const file = join(root, 'artifacts', 'record.json')
  await writeRecord(file, 1, [{ name: 'one', problem: null }], root)
  return (JSON.parse(await readFile(file, 'utf8')) as { changed: number }).changed
}

/** A change, and how many files then decide something else than the commit. */
const changes: readonly [string, () => Promise<unknown>, number][] = [
  ['nothing', () => Promise.resolve(), 0],
  ['a source of a package', () => write('packages/kernel/index.ts', 'other\n'), 1],
  ['a new source', () => write('packages/kernel/new/a.ts', 'new\n'), 1],
  ['two new specs', () => write('specs/b.ts', '').then(() => write('specs/c.ts', '')), 2],
  ['a removed file', () => rm(join(root, 'package.json')), 1],
  ['a page of figures', () => write('docs/figures.md', 'new figures\n'), 0],
  ['a log beside the folders', () => write('ci.log', 'log\n'), 0],
  ['what git ignores', () => write('artifacts/run.json', '{}\n'), 0],
  ['a file mode', () => chmod(join(root, 'package.json'), 0o755), 0],
]

for (const [what, change, count] of changes)
  spec('GATE/FR-010', `a record says how many files decided: ${what}`, async () => {
    onTestFinished(async () => {
      await git('checkout', '-q', '--', '.')
      await git('clean', '-qfdx')
    })
    await change()
    expect(await changed()).toBe(count)
  })
