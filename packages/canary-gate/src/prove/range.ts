import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { askGit, endWithUs, git, resolveCommit } from '@canary-gate/programs'
import { UsageError } from '../program/usage-error.ts'

/** The two trees of a change, in a clone that has both. */
export interface Range extends AsyncDisposable {
  readonly repo: string
  readonly head: string
  /** Absent: the first parent of `head`. */
  readonly base?: string
}

export interface RangeOptions {
  readonly commit?: string
  readonly pull?: string
}

/**
 * Finds the change that was named: `BASE..HEAD` (from where HEAD left BASE), a commit, or a pull request
 * of the remote `origin`, which is fetched into a clone of its own where the operator's has it not.
 */
export async function findRange(
  repo: string,
  named: string | undefined,
  { commit, pull }: RangeOptions,
): Promise<Range> {
  const given = [named, commit, pull].filter((one) => one !== undefined)
  if (given.length !== 1)
    throw new UsageError('name one change: BASE..HEAD, --commit SHA or --pull NUMBER')
  if (pull !== undefined) return pullRange(repo, pull)
  if (commit !== undefined) return { repo, head: commit, ...nothingToRemove }
  const [base, head] = (named ?? '').split(/\.\.\.?/)
  if (base === undefined || base === '' || head === undefined)
    throw new UsageError(`${named ?? ''}: write BASE..HEAD, e.g. origin/main..HEAD`)
  const tip = head === '' ? 'HEAD' : head
  return { repo, base: await leftFrom(repo, base, tip), head: tip, ...nothingToRemove }
}

const nothingToRemove = {
  async [Symbol.asyncDispose]() {
    await Promise.resolve()
  },
}

/** Where HEAD left BASE: what BASE got since then is not part of the change. */
async function leftFrom(repo: string, base: string, head: string): Promise<string> {
  const answer = await askGit(repo, ['merge-base', '--end-of-options', base, head])
  return answer.ok ? answer.stdout.toString('utf8').trim() : base
}

async function pullRange(repo: string, pull: string): Promise<Range> {
  if (!/^\d+$/.test(pull))
    throw new UsageError(`--pull ${pull}: write the number of a pull request`)
  const names = ['pull', 'remotes/pull', 'remotes/origin/pull', 'remotes/origin/pr']
  const refs = names.flatMap((name) => [`refs/${name}/${pull}/head`, `refs/${name}/${pull}`])
  for (const ref of refs) {
    if ((await resolveCommit(repo, ref)) === null) continue
    return {
      repo,
      base: await leftFrom(repo, await mainline(repo), ref),
      head: ref,
      ...nothingToRemove,
    }
  }
  return fetchedPull(repo, pull)
}

async function fetchedPull(repo: string, pull: string): Promise<Range> {
  const folder = await mkdtemp(join(tmpdir(), 'canary-gate-pull-'))
  const clone = join(folder, 'clone')
  const how = { recursive: true, force: true }
  const release = endWithUs(() => {
    rmSync(folder, how)
  })
  const remove = async (): Promise<void> => {
    await rm(folder, how)
    release()
  }
  try {
    const url = await originOf(repo)
    const objects = await git(repo, ['rev-parse', '--path-format=absolute', '--git-common-dir'])
    await git(folder, ['clone', '--quiet', '--shared', '--bare', '--', objects, clone])
    const base = await resolveCommit(repo, await mainline(repo))
    await git(clone, [
      'fetch',
      '--quiet',
      '--',
      url,
      `+refs/pull/${pull}/head:refs/pull/${pull}/head`,
    ])
    const head = `refs/pull/${pull}/head`
    const from = await leftFrom(clone, base ?? 'HEAD', head)
    return { repo: clone, base: from, head, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Where origin is; git reads a path that is not absolute from the root of the clone. */
async function originOf(repo: string): Promise<string> {
  const url = await git(repo, ['remote', 'get-url', 'origin'])
  if (!/^\.{1,2}\//.test(url)) return url
  const root = await askGit(repo, ['rev-parse', '--show-toplevel'])
  return resolve(root.ok ? root.stdout.toString('utf8').trim() : repo, url)
}

/** The branch that pull requests go to. */
async function mainline(repo: string): Promise<string> {
  for (const name of ['origin/HEAD', 'origin/main', 'origin/master', 'main', 'master'])
    if ((await resolveCommit(repo, name)) !== null) return name
  return 'HEAD'
}
