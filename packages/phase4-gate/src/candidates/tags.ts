import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askGit, git, type GitAnswer, resolveCommit } from '@canary-gate/programs'
import { inconclusive, redact } from '@canary-gate/gate-kernel'

/** One tag with the commit it finally points at. */
export interface Tag {
  readonly name: string
  /** Annotated tags are peeled: a commit, never a tag object; null for a tag of a tree or a file. */
  readonly commit: string | null
}

/** A repository to read tags and ancestry from; a temporary bare clone where a URL was given. */
export interface TagSource extends AsyncDisposable {
  readonly folder: string
}

/**
 * Opens a clone in place, or fetches a bare one (commits and trees only) of a URL.
 *
 * @throws inconclusive stop when it cannot be cloned
 */
export async function openTagSource(repository: string): Promise<TagSource> {
  const local = await stat(repository).catch(() => null)
  if (local?.isDirectory() === true)
    return { folder: repository, [Symbol.asyncDispose]: () => Promise.resolve() }
  const parent = await mkdtemp(join(tmpdir(), 'candidates-'))
  const remove = (): Promise<void> => rm(parent, { recursive: true, force: true })
  const folder = join(parent, 'clone.git')
  const answer = await clone(parent, repository, folder)
  if (answer.ok) return { folder, [Symbol.asyncDispose]: remove }
  await remove()
  throw inconclusive({
    code: 'repository-unreadable',
    cause: 'environment',
    what: `the repository cannot be cloned: ${redact(answer.stderr)}`,
    where: redact(repository),
    next: 'correct the address, check the network and that git may read it, or name a clone on this machine',
  })
}

/** Without file contents where the server can leave them out and git can cope with a tag of a file. */
async function clone(parent: string, repository: string, folder: string): Promise<GitAnswer> {
  const words = (filter: readonly string[]): string[] => [
    ...['clone', '--quiet', '--bare', ...filter, '--', repository, folder],
  ]
  const answer = await askGit(parent, words(['--filter=blob:none']))
  if (answer.ok || !answer.stderr.includes('did not send all necessary objects')) return answer
  return askGit(parent, words([]))
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
  )
}

async function toTag(folder: string, line: string): Promise<Tag> {
  const [name = '', type, object = '', peeledType, peeled = ''] = line.split('\0')
  if (type === 'commit') return { name, commit: object }
  if (peeledType === 'commit') return { name, commit: peeled }
  // A tag of a tag: git's format peels one level only.
  return { name, commit: await resolveCommit(folder, `refs/tags/${name}`) }
}

/** How a tag stands to the baseline commit; `unknown` where the clone lacks the history to tell. */
export type Ancestry = 'contains' | 'lacks' | 'unknown'

/**
 * Tells, by ancestry and never by date or text, which tags contain a commit. A clone without that
 * commit, or one that was cut off (`--depth`), can prove that a tag contains it, but not the opposite.
 */
export async function readAncestry(
  folder: string,
  baseline: string,
): Promise<(tag: string) => Ancestry> {
  const commit = await resolveCommit(folder, baseline)
  if (commit === null) return () => 'unknown'
  const args = ['for-each-ref', '--format=%(refname:strip=2)', `--contains=${commit}`, 'refs/tags']
  const containing = new Set((await git(folder, args)).split('\n'))
  const shallow = (await git(folder, ['rev-parse', '--is-shallow-repository'])) === 'true'
  return (tag) => (containing.has(tag) ? 'contains' : shallow ? 'unknown' : 'lacks')
}
