import { whileProgramRuns } from './program-time.ts'
import { GitFailure } from './git-failure.ts'
import { gitSettings, isHarmlessOfGit } from './git-variables.ts'

/**
 * Git as the gate uses it: reading only. No prompt, no pager, no optional lock on the operator's
 * clone, and no configuration of the operator that could change what a diff looks like.
 */
const environment = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_LFS_SKIP_SMUDGE: '1',
  // Both let a clone claim parents that a commit does not have: a candidate of before the baseline
  // would contain it. `info/grafts` of the clone is read unless another file is named.
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_GRAFT_FILE: '/dev/null',
  LC_ALL: 'C',
}
const settings = [
  ...['core.quotePath=false', 'diff.external=', 'core.pager=cat', 'core.autocrlf=false'],
  ...['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'log.showSignature=false'],
  // A commit graph is a second account of who the parents are, which git believes unseen.
  'core.commitGraph=false',
  // An operator who likes colors, columns or other prefixes gets them where a text is read by a person.
  ...['color.ui=false', 'color.diff=false', 'color.grep=false', 'column.ui=never'],
  ...['diff.noprefix=false', 'diff.mnemonicPrefix=false', 'diff.interHunkContext=0'],
  ...['diff.orderFile=/dev/null', 'diff.ignoreSubmodules=none', 'diff.suppressBlankEmpty=false'],
  ...['grep.lineNumber=false', 'grep.column=false', 'grep.patternType=default'],
  ...[
    'grep.fullName=false',
    'log.follow=false',
    'log.mailmap=false',
    'i18n.logOutputEncoding=utf-8',
  ],
  // Attributes of the operator, and files of a template, would change what a work tree gets.
  ...['core.attributesFile=/dev/null', 'init.templateDir=', 'advice.graftFileDeprecated=false'],
].flatMap((setting) => ['-c', setting])

/** Of variables of git, and of settings in them, only those that its answers do not depend on. */
function inherited(): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('GIT_') || isHarmlessOfGit(name),
  )
  return { ...Object.fromEntries(kept), ...gitSettings(process.env) }
}

interface Unanswered {
  readonly exitCode: number
  readonly stderr: string
}

export type GitAnswer =
  { readonly ok: true; readonly stdout: Buffer } | ({ readonly ok: false } & Unanswered)

/**
 * Runs git in a folder; a non-zero exit is an answer, not an exception.
 *
 * @throws GitFailure where git did not answer: it could not be started, or something ended it
 */
export async function askGit(
  folder: string,
  args: readonly string[],
  input?: string | Buffer,
): Promise<GitAnswer> {
  // Loaded here: most requirements start no program, and each is a process of its own.
  const { execa } = await import('execa')
  const running = execa('git', [...settings, ...args], {
    cwd: folder,
    env: { ...inherited(), ...environment },
    extendEnv: false,
    encoding: 'buffer',
    reject: false,
    maxBuffer: 512 * 1024 * 1024,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  })
  const result = await whileProgramRuns(running)
  if (result.exitCode === 0) return { ok: true, stdout: Buffer.from(result.stdout) }
  const stderr = Buffer.from(result.stderr).toString('utf8').trim()
  if (result.exitCode !== undefined) return { ok: false, exitCode: result.exitCode, stderr }
  throw new GitFailure({
    what: `git ${args[0] ?? ''} gave no answer: ${result.originalMessage ?? result.shortMessage ?? stderr}`,
    where: `${folder}: git ${args.join(' ')}`,
    next: 'check that git is on the PATH, that the folder is there, and that nothing ends its processes; then try again',
  })
}

/** Runs git in a folder and returns its standard output as text, without the last line break. */
export async function git(
  folder: string,
  args: readonly string[],
  input?: string | Buffer,
): Promise<string> {
  const answer = await askGit(folder, args, input)
  if (answer.ok) return answer.stdout.toString('utf8').replace(/\n$/, '')
  throw endedWith(answer, folder, args)
}

const endedWith = (
  { exitCode, stderr }: Unanswered,
  folder: string,
  args: readonly string[],
): GitFailure =>
  new GitFailure({
    what: `git ${args[0] ?? ''} ended with ${exitCode}: ${stderr}`,
    where: `${folder}: git ${args.join(' ')}`,
    next: 'check that the folder is a complete clone (git fsck, git fetch --tags --unshallow)',
  })

/**
 * The full hash of the commit that a name stands for, tags peeled; null if there is none.
 *
 * @throws GitFailure where git cannot tell: a folder that it does not read is not one without commits
 */
export async function resolveCommit(folder: string, name: string): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]
  const answer = await askGit(folder, args)
  if (answer.ok) return answer.stdout.toString('utf8').trim()
  if (answer.exitCode === 1) return null
  throw endedWith(answer, folder, args)
}

/**
 * Whether `ancestor` is `descendant` or one of its ancestors: the only meaning of "at or after".
 *
 * A whole clone that has the later commit has all that came before it.
 *
 * @throws GitFailure where the clone cannot tell: it lacks the later one, or was cut off (`--depth`)
 */
export async function isAncestor(
  folder: string,
  ancestor: string,
  descendant: string,
): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', ancestor, descendant]
  const answer = await askGit(folder, args)
  if (answer.ok) return true
  const isNo =
    answer.exitCode === 1 ||
    ((await resolveCommit(folder, descendant)) !== null &&
      (await resolveCommit(folder, ancestor)) === null)
  if (isNo && (await git(folder, ['rev-parse', '--is-shallow-repository'])) !== 'true') return false
  throw new GitFailure({
    what: isNo
      ? `the clone was cut off, so that ${ancestor} is not before ${descendant} cannot be told`
      : `git merge-base ended with ${answer.exitCode}: ${answer.stderr}`,
    where: `${folder}: git ${args.join(' ')}`,
    next: `git -C ${folder} fetch --tags ${isNo ? '--unshallow' : 'origin'}, then try again`,
  })
}
