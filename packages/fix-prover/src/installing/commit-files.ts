import { posix } from 'node:path'
import { askGit, git } from '@canary-gate/programs'

/** The files of one commit, read from the clone without a work tree. */
export interface CommitFiles {
  readonly repo: string
  readonly commit: string
  readonly paths: ReadonlySet<string>
  /** Text of a file; null where there is none. */
  read(path: string): Promise<string | null>
}

export async function filesOf(repo: string, commit: string): Promise<CommitFiles> {
  const list = await git(repo, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit])
  return {
    repo,
    commit,
    paths: new Set(list.split('\0')),
    async read(path) {
      const answer = await askGit(repo, ['show', `${commit}:${path}`])
      return answer.ok ? answer.stdout.toString('utf8') : null
    },
  }
}

/** The nearest folder of a file, upwards, that has one of these files; '' for the root, null for none. */
export function packageOf(
  file: string,
  { paths }: Pick<CommitFiles, 'paths'>,
  names: readonly string[],
): string | null {
  for (let folder = posix.dirname(file); ; folder = posix.dirname(folder)) {
    const place = folder === '.' ? '' : folder
    if (names.some((name) => paths.has(posix.join(place, name)))) return place
    if (folder === '.') return null
  }
}

/** The first day of the month after a commit: close to its libraries, and the same for many commits. */
export async function monthAfter(repo: string, commit: string): Promise<string> {
  const written = new Date(await git(repo, ['show', '--no-patch', '--format=%cI', commit]))
  const next = new Date(Date.UTC(written.getUTCFullYear(), written.getUTCMonth() + 1, 1))
  return next.toISOString().slice(0, 10)
}
