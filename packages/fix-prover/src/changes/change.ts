import { askGit, git, resolveCommit } from '@canary-gate/programs'
import { ProverProblem } from './problem.ts'
import { readBlobs } from './blobs.ts'
import { type Role, roleOf } from './paths.ts'

/** Whether a file is there after the change, also one without a text. */
export function isThere({ after, isKept }: ChangedFile): boolean {
  return after !== null || isKept === true
}

/** One file that differs between the tree before a fix and the tree with it. */
export interface ChangedFile {
  readonly path: string
  readonly role: Role
  /** Text before, null where the file did not exist; the same for `after`. */
  readonly before: string | null
  readonly after: string | null
  /** A link or a submodule, before or after: it has no text, and is never written to. */
  readonly isLink?: true
  /** It is there after the change, and has no text that could be read. */
  readonly isKept?: true
}

/** A change that is said to be a fix. */
export interface Change {
  /** Folder of the clone. */
  readonly repo: string
  readonly commits: readonly string[]
  /** The tree before: first parent of one commit, merge base of several. */
  readonly base: string
  /** The tree with the fix. */
  readonly fix: string
  readonly subject: string
  readonly files: readonly ChangedFile[]
  /** Why this cannot be a fix whatever its files say; null if it can. */
  readonly notAFix: string | null
}

/**
 * Reads the change of one or several commits from a clone.
 *
 * @param base overrides the tree to compare with
 * @throws ProverProblem when a commit is not in the clone, or has no parent to compare with
 */
export async function readChange(
  folder: string,
  names: readonly string[],
  base?: string,
): Promise<Change> {
  const repo = await rootOf(folder)
  const commits = await Promise.all(names.map((name) => commitOf(repo, name)))
  const fix = await newest(repo, commits)
  const parents = await parentsOf(repo, fix)
  const before =
    base === undefined ? await treeBefore(repo, commits, parents) : await commitOf(repo, base)
  await mustHave(repo, before, fix)
  const [subject, files] = await Promise.all([
    git(repo, ['show', '--no-patch', '--format=%s', fix]),
    changedFiles(repo, before, fix),
  ])
  const notAFix = await objection({
    repo,
    parents,
    fix,
    subject,
    files,
    alone: commits.length === 1,
  })
  return { repo, commits, base: before, fix, subject, files, notAFix }
}

/** The root of the clone that a folder is in; a bare repository is its own. */
async function rootOf(folder: string): Promise<string> {
  const top = await askGit(folder, ['rev-parse', '--show-toplevel'])
  if (top.ok) return top.stdout.toString('utf8').trim()
  const bare = await askGit(folder, ['rev-parse', '--git-dir'])
  if (bare.ok) return folder
  throw new ProverProblem({
    code: 'no-repository',
    what: `git cannot read this folder as a clone: ${bare.stderr.split('\n')[0] ?? ''}`,
    where: folder,
    next: 'name the folder of a clone with --repo; if git calls its owner dubious, add it to safe.directory',
  })
}

async function commitOf(repo: string, name: string): Promise<string> {
  const commit = await resolveCommit(repo, name)
  if (commit !== null) return commit
  throw new ProverProblem({
    code: 'commit-unknown',
    what: `the clone has no commit ${name}`,
    where: repo,
    next: 'fetch it (git fetch --all --tags) or name another commit',
  })
}

/** A clone that was cut off names a parent that it does not have. */
async function mustHave(repo: string, before: string, fix: string): Promise<void> {
  if ((await askGit(repo, ['cat-file', '-e', before])).ok) return
  throw new ProverProblem({
    code: 'commit-unknown',
    what: `the clone has ${fix}, and not the commit before it, ${before}`,
    where: repo,
    next: 'fetch the rest (git fetch --unshallow; in a workflow fetch-depth: 0), then try again',
  })
}

/**
 * Of several commits the one that contains the others, or the last named where none does. By
 * ancestry: commits of a rebased branch often bear the same second.
 */
async function newest(repo: string, commits: readonly string[]): Promise<string> {
  const last = commits.at(-1) ?? ''
  if (commits.length === 1) return last
  const tips = (await git(repo, ['merge-base', '--independent', ...commits])).split('\n')
  return tips.length === 1 ? (tips[0] ?? last) : last
}

/** As the commit itself says, also where a shallow clone lacks them: such a commit is no root. */
async function parentsOf(repo: string, commit: string): Promise<readonly string[]> {
  const text = await git(repo, ['cat-file', 'commit', commit])
  const head = text.slice(0, text.indexOf('\n\n')).split('\n')
  return head.filter((line) => line.startsWith('parent ')).map((line) => line.slice(7))
}

async function treeBefore(
  repo: string,
  commits: readonly string[],
  parents: readonly string[],
): Promise<string> {
  const [first] = parents
  if (commits.length === 1 && first !== undefined) return first
  if (commits.length === 1) return emptyTree(repo)
  const befores = await Promise.all(
    commits.map(async (commit) => (await parentsOf(repo, commit))[0] ?? commit),
  )
  return git(repo, ['merge-base', '--octopus', ...befores])
}

/** A root commit is compared with nothing at all. */
async function emptyTree(repo: string): Promise<string> {
  return git(repo, ['hash-object', '-t', 'tree', '--stdin'], '')
}

async function changedFiles(repo: string, base: string, fix: string): Promise<ChangedFile[]> {
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', base, fix]
  const raw = await git(repo, args)
  const fields = raw.split('\0').filter((field) => field !== '')
  const entries: { path: string; oids: [string, string]; isLink: boolean; isKept: boolean }[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [modeBefore = '', modeAfter = '', before = '', after = ''] = (fields[at] ?? '')
      .slice(1)
      .split(' ')
    const isLink = [modeBefore, modeAfter].some((mode) => /^1[26]0000$/.test(mode))
    const oids: [string, string] = isLink ? ['', ''] : [before, after]
    entries.push({ path: fields[at + 1] ?? '', oids, isLink, isKept: modeAfter !== '000000' })
  }
  const texts = await readBlobs(
    repo,
    entries.flatMap(({ oids }) => oids),
  )
  return entries.map(({ path, oids: [before, after], isLink, isKept }) => ({
    path,
    role: roleOf(path),
    before: texts.get(before) ?? null,
    after: texts.get(after) ?? null,
    ...(isLink ? { isLink } : {}),
    ...(isKept && !texts.has(after) ? { isKept } : {}),
  }))
}

interface Subject {
  readonly repo: string
  readonly parents: readonly string[]
  readonly fix: string
  readonly subject: string
  readonly files: readonly ChangedFile[]
  readonly alone: boolean
}

async function objection(change: Subject): Promise<string | null> {
  if (change.files.length === 0) return 'it changes no file'
  if (!change.alone || change.parents.length < 2) return null
  if (mergesMainline.test(change.subject)) return `it merges the main branch: "${change.subject}"`
  return (await bringsMainlineIn(change))
    ? 'its second parent is the main branch, its first is not'
    : null
}

/** As git itself words a merge of the main branch into another one. */
const mergesMainline =
  /^Merge (?:remote-tracking )?branch(?:es)? '(?:\w+\/)?(?:main|master|trunk|develop)'(?: of \S+)?(?: into \S+)?$/

/** The words can be edited; the graph cannot: main is the line of first parents of the main branch. */
async function bringsMainlineIn({ repo, parents }: Subject): Promise<boolean> {
  const [first = '', second = ''] = parents
  for (const name of ['origin/HEAD', 'origin/main', 'origin/master', 'main', 'master']) {
    if ((await resolveCommit(repo, name)) === null) continue
    const answer = await askGit(repo, ['rev-list', '--first-parent', name])
    if (!answer.ok) continue
    const line = new Set(answer.stdout.toString('utf8').split('\n'))
    return line.has(second) && !line.has(first)
  }
  return false
}
