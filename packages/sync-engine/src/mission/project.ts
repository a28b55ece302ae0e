import { advice } from '../base/remedies.ts'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { SyncError } from '../base/errors.ts'
import { privateFolder } from '../home/home.ts'
import { readIfPresent } from '../home/files.ts'
import { makeNewFile, unlessTaken } from '../home/new-file.ts'
import { asString, parseObject } from '../base/json.ts'

/** A working copy that missions belong to. */
export interface Project {
  readonly root: string
  readonly uuid: string
  readonly slug: string
  readonly buildId: string
  readonly branch: string | null
  readonly headCommit: string | null
}

const MARKER = join('.kittify', 'project.json')

/**
 * The project that contains `from`.
 * @throws {SyncError} `no-project` outside of any
 */
export function findProject(from: string): Project {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const text = readIfPresent(join(folder, MARKER))
    if (text !== undefined) return described(folder, text)
    if (dirname(folder) === folder) break
  }
  throw new SyncError({
    code: 'no-project',
    what: 'this is no spec-kitty project',
    where: resolve(from),
  })
}

/**
 * The project at `folder`, started if there is none around it; who starts it at the same time as another
 * process finds that one's. `newUuid` gives fresh identities.
 */
export function ensureProject(folder: string, newUuid: () => string): Project {
  try {
    return findProject(folder)
  } catch (cause) {
    if (!(cause instanceof SyncError) || cause.code !== 'no-project') throw cause
  }
  const root = repositoryRoot(folder) ?? resolve(folder)
  const facts = {
    project_uuid: newUuid(),
    build_id: newUuid(),
    project_slug: slugOf(basename(root)),
  }
  unlessTaken(() => {
    const marker = join(privateFolder(join(root, dirname(MARKER))), basename(MARKER))
    makeNewFile(marker, (draft) => {
      writeFileSync(draft, `${JSON.stringify(facts, null, 2)}\n`)
    })
  })
  return findProject(root)
}

/** A name as it appears in slugs: lower case, digits and dashes. */
export function slugOf(name: string): string {
  return (
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '') || 'project'
  )
}

function described(root: string, text: string): Project {
  const facts = parseObject(text)
  const uuid = asString(facts?.['project_uuid'])
  if (facts === undefined || uuid === undefined)
    throw new SyncError({
      code: 'no-project',
      what: 'the project file cannot be read',
      where: join(root, MARKER),
      remedy: advice('restore it from version control: its project_uuid must not change'),
    })
  return {
    root,
    uuid,
    slug: asString(facts['project_slug']) ?? slugOf(basename(root)),
    buildId: asString(facts['build_id']) ?? uuidFrom(uuid),
    ...gitHead(root),
  }
}

/** A stable identity derived from another one, in the form of a UUID. */
function uuidFrom(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-')
}

function repositoryRoot(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder
    if (dirname(folder) === folder) return undefined
  }
}

/** Branch and commit as git's own files tell them: starting git would cost more than the command. */
function gitHead(root: string): Pick<Project, 'branch' | 'headCommit'> {
  const none = { branch: null, headCommit: null }
  const repository = repositoryRoot(root)
  if (repository === undefined) return none
  try {
    const folder = gitFolder(join(repository, '.git'))
    const head = readFileSync(join(folder, 'HEAD'), 'utf8').trim()
    if (!head.startsWith('ref: ')) return { branch: null, headCommit: head }
    const ref = head.slice('ref: '.length)
    const commit = readIfPresent(join(folder, ref)) ?? packedRef(folder, ref)
    return { branch: ref.replace('refs/heads/', ''), headCommit: commit?.trim() ?? null }
  } catch {
    return none
  }
}

/** A worktree has a file in place of the folder. */
function gitFolder(marker: string): string {
  try {
    const text = readFileSync(marker, 'utf8')
    return resolve(dirname(marker), text.replace('gitdir: ', '').trim())
  } catch {
    return marker
  }
}

function packedRef(folder: string, ref: string): string | undefined {
  const line = readIfPresent(join(folder, 'packed-refs'))
    ?.split('\n')
    .find((row) => row.endsWith(` ${ref}`))
  return line?.split(' ')[0]
}
