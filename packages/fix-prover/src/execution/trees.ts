import { rmSync } from 'node:fs'
import { lstat, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { git } from '@canary-gate/programs'
import { endWithUs } from '@canary-gate/programs'

/**
 * Work trees of a scratch clone that shares the operator's objects: the operator's clone itself is
 * never written to, not even its list of worktrees.
 */
export interface Trees extends AsyncDisposable {
  /** A detached work tree of a commit. */
  add(name: string, commit: string): Promise<string>
  /** A folder beside the trees. */
  readonly scratch: string
}

export async function openTrees(repo: string, parent = tmpdir()): Promise<Trees> {
  const scratch = await mkdtemp(join(parent, 'fix-substance-'))
  const clone = join(scratch, 'clone')
  const how = { recursive: true, force: true, maxRetries: 3 }
  const release = endWithUs(() => {
    rmSync(scratch, how)
  })
  const remove = async (): Promise<void> => {
    await rm(scratch, how)
    release()
  }
  try {
    const objects = await git(repo, ['rev-parse', '--path-format=absolute', '--git-common-dir'])
    await git(scratch, ['clone', '--quiet', '--shared', '--no-checkout', '--', objects, clone])
  } catch (error) {
    await remove()
    throw error
  }
  // Two of them at once can read each other's half-written administration.
  let last: Promise<unknown> = Promise.resolve()
  return {
    scratch,
    async add(name, commit) {
      const folder = join(scratch, name)
      const args = ['worktree', 'add', '--quiet', '--detach', '--force', folder]
      const added = last.then(async () => git(clone, [...args, await asCommit(clone, commit)]))
      last = added.catch(() => undefined)
      await added
      return folder
    },
    [Symbol.asyncDispose]: remove,
  }
}

/** Before the first commit of a project there is nothing but the empty tree. */
async function asCommit(clone: string, name: string): Promise<string> {
  const kind = await git(clone, ['cat-file', '-t', name])
  if (kind !== 'tree') return name
  const author = ['user.name=canary-gate', 'user.email=canary-gate@example.invalid']
  const settings = author.flatMap((setting) => ['-c', setting])
  return git(clone, [...settings, 'commit-tree', '-m', 'Nothing yet', name])
}

/** Takes some paths of a work tree from another commit; those it does not have are removed. */
export async function takePaths(
  tree: string,
  commit: string,
  present: readonly string[],
  absent: readonly string[],
): Promise<void> {
  if (present.length > 0) {
    const list = ['checkout', commit, '--pathspec-from-file=-', '--pathspec-file-nul']
    await git(tree, ['--literal-pathspecs', ...list], `${present.join('\0')}\0`)
  }
  await Promise.all(absent.map((path) => rm(join(tree, path), { force: true })))
}

/**
 * Replaces the text of files in a work tree; null removes one.
 *
 * @throws Error where a link would lead out of the tree
 */
export async function writeTexts(
  tree: string,
  texts: ReadonlyMap<string, string | null>,
): Promise<void> {
  for (const [path, text] of texts) {
    const folder = posix.dirname(path)
    const isOwn = await isWithin(tree, folder)
    if (!isOwn) throw new Error(`${folder} is a link: what is below it is not taken back`)
    if (text === null) await rm(join(tree, path), { force: true })
    else {
      await mkdir(dirname(join(tree, path)), { recursive: true })
      await writeFile(join(tree, path), text)
    }
  }
}

async function isWithin(tree: string, folder: string): Promise<boolean> {
  const parts = folder.split('/')
  const folders = parts.map((_, at) => join(tree, ...parts.slice(0, at + 1)))
  const found = await Promise.all(folders.map((one) => lstat(one).catch(() => null)))
  return !found.some((one) => one?.isSymbolicLink())
}
