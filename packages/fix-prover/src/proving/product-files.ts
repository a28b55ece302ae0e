import { posix } from 'node:path'
import { askGit, git } from '@canary-gate/programs'
import { readBlobs } from '../changes/blobs.ts'
import type { Change, ChangedFile } from '../changes/change.ts'
import { withOwnTests } from '../execution/test-part.ts'
import { isForeignCode, isSettings, maySupportTests, roleOf } from '../changes/paths.ts'

/** The changed files that a program is made of: source code, and data that source code names. */
export async function productFiles(change: Change): Promise<readonly ChangedFile[]> {
  const chosen = await Promise.all(
    change.files.map(async (file) => {
      if (file.before === null && file.after === null) return false
      if (isCode(file.path)) return true
      return mayBeData(file) && (await isNamedByCode(change, file.path))
    }),
  )
  return Promise.all(change.files.filter((_, at) => chosen[at]).map(withOwnTests))
}

/**
 * Where no product code changes: everything that a program may read all the same, by a name that is
 * computed, through a link, or because a package names its files.
 */
export function otherFiles({ files }: Change): readonly ChangedFile[] {
  return files.filter(
    (file) => file.role === 'other' && (!isSettings(file.path) || changesEntry(file)),
  )
}

const entries = ['main', 'module', 'browser', 'exports', 'imports', 'bin', 'type']

/** Whether a package hands out other files. */
function changesEntry({ path, before, after }: ChangedFile): boolean {
  if (!/(?:^|\/)package\.json$/.test(path)) return false
  return entriesOf(before) !== entriesOf(after)
}

function entriesOf(text: string | null): string {
  try {
    const all = JSON.parse(text ?? '{}') as Readonly<Record<string, unknown>>
    return JSON.stringify(entries.map((name) => all[name]))
  } catch {
    return ''
  }
}

function isCode(path: string): boolean {
  return roleOf(path) === 'product' || isForeignCode(path)
}

/** A list of words is often kept as plain text. */
function mayBeData({ role, path }: ChangedFile): boolean {
  return (role === 'other' || (role === 'document' && path.endsWith('.txt'))) && !isSettings(path)
}

/** Whether a source file names a data file, so that it may read it; what only packs it does not. */
async function isNamedByCode(change: Change, path: string): Promise<boolean> {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const places = await filesWith(change, [name])
  return places.some((place) => place.path !== path && !/(?:^|\/)setup\.py$/.test(place.path))
}

/** Whether a source file imports a module, as far as its folder and name tell. */
export async function isImportedByCode(change: Change, path: string): Promise<boolean> {
  const { dir, name } = posix.parse(path)
  const folder = posix.basename(dir)
  const words = ['/', '.', ' import '].map((between) => `${folder}${between}${name}`)
  return folder !== '' && (await filesWith(change, words)).length > 0
}

/** Whether the tree before, with the change's tests, is the tree with the change without its product part. */
export function isWholeChange({ files: all }: Change, files: readonly ChangedFile[]): boolean {
  return all.every(
    (file) =>
      file.role === 'test' ||
      file.role === 'document' ||
      files.some(({ path }) => path === file.path),
  )
}

const manifest = /(?:^|\/)(?:pyproject\.toml|setup\.cfg)$/

/** Whether nothing but tests uses a changed product file, as far as its place and its name tell. */
export async function onlyServesTests(change: Change, path: string): Promise<boolean> {
  if (!maySupportTests(path)) return false
  const { dir, name } = posix.parse(path)
  const folder = posix.basename(dir)
  const isNamed = folder !== '' && !/^(?:src|lib)$/.test(folder)
  const words = ['/', '.', ' import '].map((between) => `${folder}${between}${name}`)
  const users = await placesWith(change, [
    ...(isNamed ? words : [name]),
    ...(isNamed && name === 'index' ? [folder] : []),
  ])
  const isUsing = async (user: Place): Promise<boolean> => {
    if (user.path === path) return false
    if (isCode(user.path)) return !maySupportTests(user.path)
    if (!/(?:^|\/)package\.json$/.test(user.path)) return manifest.test(user.path)
    // What is named as a setting of tests is not handed out.
    return entriesOf(await git(change.repo, ['cat-file', 'blob', user.oid])).includes(name)
  }
  return !(await Promise.all(users.map(isUsing))).includes(true)
}

interface Place {
  readonly path: string
  readonly oid: string
}

/** The product code of the tree with the change that has one of these words. */
async function filesWith(change: Change, words: readonly string[]): Promise<readonly Place[]> {
  const places = await placesWith(change, words)
  return places.filter(({ path }) => isCode(path))
}

async function placesWith(
  { repo, fix }: Change,
  words: readonly string[],
): Promise<readonly Place[]> {
  const chosen = words.filter((word) => word.length > 1)
  if (chosen.length === 0) return []
  const patterns = chosen.flatMap((word) => ['-e', word])
  const answer = await askGit(repo, ['grep', '-l', '-z', '-I', '-w', '-F', ...patterns, fix])
  if (!answer.ok) return []
  return answer.stdout
    .toString('utf8')
    .split('\0')
    .map((place) => ({ path: place.slice(fix.length + 1), oid: place }))
}

/** More users than these are not read. */
const mostUsers = 20

/** Product files of the tree with the change that have one of these words, as they are there. */
export async function usersOf(
  change: Change,
  words: readonly string[],
): Promise<readonly ChangedFile[]> {
  const places = (await filesWith(change, words)).slice(0, mostUsers)
  const oids = await Promise.all(
    places.map(async ({ oid }) => {
      const answer = await askGit(change.repo, ['rev-parse', oid])
      return answer.ok ? answer.stdout.toString('utf8').trim() : ''
    }),
  )
  const texts = await readBlobs(change.repo, oids)
  return places.flatMap(({ path }, at) => {
    const text = texts.get(oids[at] ?? '')
    return text === undefined ? [] : [{ path, role: roleOf(path), before: text, after: text }]
  })
}
