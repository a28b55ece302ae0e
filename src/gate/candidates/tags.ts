import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse as parseToml } from 'smol-toml'
import { askGit, git } from '../git/git.ts'

/** One tag with the commit it finally points at. */
export interface Tag {
  readonly name: string
  /** Annotated tags are peeled: this is a commit, never a tag object. */
  readonly commit: string
}

/** A repository to read tags and ancestry from; a temporary bare clone where a URL was given. */
export interface TagSource extends AsyncDisposable {
  readonly folder: string
}

/** Opens a clone in place, or fetches a bare one (commits and trees only) of a URL. */
export async function openTagSource(repository: string): Promise<TagSource> {
  const local = await stat(repository).catch(() => null)
  if (local?.isDirectory() === true)
    return { folder: repository, [Symbol.asyncDispose]: () => Promise.resolve() }
  const parent = await mkdtemp(join(tmpdir(), 'candidates-'))
  const remove = (): Promise<void> => rm(parent, { recursive: true, force: true })
  const folder = join(parent, 'clone.git')
  try {
    await git(parent, [
      'clone',
      '--quiet',
      '--bare',
      '--filter=blob:none',
      '--',
      repository,
      folder,
    ])
  } catch (error) {
    await remove()
    throw error
  }
  return { folder, [Symbol.asyncDispose]: remove }
}

/** All tags of a repository, peeled. */
export async function readTags(folder: string): Promise<readonly Tag[]> {
  const format =
    '%(refname:strip=2)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)'
  const text = await git(folder, ['for-each-ref', `--format=${format}`, 'refs/tags'])
  return Promise.all(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => toTag(folder, line)),
  ).then((tags) => tags.filter((tag) => tag !== null))
}

async function toTag(folder: string, line: string): Promise<Tag | null> {
  const [name = '', type, object = '', peeledType, peeled = ''] = line.split('\0')
  if (type === 'commit') return { name, commit: object }
  if (peeledType === 'commit') return { name, commit: peeled }
  // A tag of a tag: git's format peels one level only.
  const commit = await askGit(folder, [
    'rev-parse',
    '--verify',
    '--quiet',
    `refs/tags/${name}^{commit}`,
  ])
  return commit.ok ? { name, commit: commit.stdout.toString('utf8').trim() } : null
}

/** Names of the tags that contain a commit, by ancestry; none where the commit is unknown. */
export async function tagsContaining(folder: string, commit: string): Promise<ReadonlySet<string>> {
  const args = ['for-each-ref', '--format=%(refname:strip=2)', `--contains=${commit}`, 'refs/tags']
  const answer = await askGit(folder, args)
  return new Set(answer.ok ? answer.stdout.toString('utf8').split('\n').filter(Boolean) : [])
}

/** The version the package had at a commit, from `pyproject.toml` or `package.json`; null if neither says. */
export async function packageVersionAt(folder: string, commit: string): Promise<string | null> {
  const python = await askGit(folder, ['show', `${commit}:pyproject.toml`])
  if (python.ok) return versionOfPyproject(python.stdout.toString('utf8'))
  const node = await askGit(folder, ['show', `${commit}:package.json`])
  return node.ok ? versionOfPackageJson(node.stdout.toString('utf8')) : null
}

function versionOfPyproject(text: string): string | null {
  try {
    const { project } = parseToml(text) as { project?: { version?: unknown } }
    return typeof project?.version === 'string' ? project.version : null
  } catch {
    return null
  }
}

function versionOfPackageJson(text: string): string | null {
  try {
    const { version } = JSON.parse(text) as { version?: unknown }
    return typeof version === 'string' ? version : null
  } catch {
    return null
  }
}
