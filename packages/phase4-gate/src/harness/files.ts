import { type Dirent, type Stats } from 'node:fs'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { ifAbsent, isAbsent } from '@canary-gate/documents'
import { inconclusive, sha256Of, sha256OfFile } from '@canary-gate/gate-kernel'

/** One file as it is: what it holds, and what the file system says of its last change. */
export interface HeldFile {
  readonly digest: string
  /** Changes also where a file was changed and put back: inode and time of the inode. */
  readonly version: string
}

/** What is below a folder, by path in it. */
export interface HeldFolder {
  readonly files: ReadonlyMap<string, HeldFile>
  /** Installed packages (a virtual environment, `node_modules`), one digest each. */
  readonly tools: ReadonlyMap<string, string>
}

/**
 * Reads every file below a folder by itself. Git is not asked what differs: flags of its index, filters and
 * ignore files, all of which can be changed meanwhile, decide what it answers, and what it does not track is
 * executed as well. Links count with what they lead to.
 *
 * @param leftOut real folders in which the run writes itself
 * @throws inconclusive stop for what is there and cannot be read, and for more files than can be compared
 */
export async function holdFolder(folder: string, leftOut: readonly string[]): Promise<HeldFolder> {
  const held: Walk = { files: new Map(), tools: new Map(), entered: new Set(), count: 0, leftOut }
  await enter(held, folder, '').catch((error: unknown) => {
    if (!isAbsent(error)) throw unreadable(folder, error)
  })
  return held
}

interface Walk {
  readonly files: Map<string, HeldFile>
  readonly tools: Map<string, string>
  readonly entered: Set<string>
  readonly leftOut: readonly string[]
  count: number
}

async function enter(walk: Walk, root: string, path: string): Promise<void> {
  const real = await realpath(join(root, path))
  if (walk.entered.has(real) || isBelow(real, walk.leftOut)) return
  walk.entered.add(real)
  const entries = await readdir(real, { withFileTypes: true })
  if (path !== '' && isTools(path, entries)) {
    walk.tools.set(path, await digestOfTools(walk, real))
    return
  }
  for (const entry of entries) {
    if (written.has(entry.name)) continue
    await look(walk, root, join(path, entry.name)).catch((error: unknown) => {
      if (!isAbsent(error)) throw error
    })
  }
}

/** Git's own folder, and what Python and its tools keep for themselves and make anew from the sources. */
const written: ReadonlySet<string> = new Set([
  ...['.git', '__pycache__', '.pytest_cache', '.mypy_cache', '.ruff_cache', '.hypothesis'],
])

async function look(walk: Walk, root: string, path: string): Promise<void> {
  const file = join(root, path)
  const found = await stat(file, { bigint: true })
  if (found.isDirectory()) return enter(walk, root, path)
  if (!found.isFile()) return
  if (isBelow(await realpath(file), walk.leftOut)) return
  count(walk, root)
  const { dev, ino, size, mtimeNs, ctimeNs } = found
  const version = [dev, ino, size, mtimeNs, ctimeNs].join('.')
  walk.files.set(path, { digest: await sha256OfFile(file), version })
}

function isTools(path: string, entries: readonly Dirent[]): boolean {
  return path.endsWith('node_modules') || entries.some(({ name }) => name === 'pyvenv.cfg')
}

/** What is executed of installed packages: their code, by content, since an installer writes the same again. */
async function digestOfTools(walk: Walk, folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const lines: string[] = []
  for (const entry of entries) {
    const file = join(entry.parentPath, entry.name)
    if (!entry.isFile() || file.includes(`${sep}__pycache__${sep}`)) continue
    if (!isCode(entry.name)) continue
    count(walk, folder)
    lines.push(`${relative(folder, file)} ${await sha256OfFile(file)}`)
  }
  return sha256Of(lines.sort().join('\n'))
}

function isCode(name: string): boolean {
  return /^\.(?:py|pth|sh|so|[cm]?[jt]s|json|toml|cfg|ini|)$/.test(extname(name))
}

function count(walk: Walk, folder: string): void {
  walk.count += 1
  if (walk.count <= most) return
  throw unreadable(folder, new Error(`there are more than ${most} files`))
}

/** A checkout with everything installed has some ten thousand. */
const most = 100_000

function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(folder + sep))
}

function unreadable(folder: string, cause: unknown): Error {
  return inconclusive(
    {
      code: 'harness-unreadable',
      cause: 'environment',
      what: `what canary and suite are made of cannot be held against changes: ${String(cause)}`,
      where: folder,
      next: 'make every file there readable, and run them in a checkout that holds nothing else',
    },
    { cause },
  )
}

/** How a file counts that no commit has: by what it can be. */
export type Kind = 'program' | 'unknown' | 'record'

/**
 * A record is what runs leave and nothing loads: it may come, go and change. Of everything else what was
 * there stays as it is; and a program, or what sets one up, may not be added either.
 */
export async function kindOf(file: string): Promise<Kind> {
  const found: Stats | null = await stat(file).catch(ifAbsent(null))
  if (found !== null && (found.mode & 0o111) !== 0) return 'program'
  if (programs.test(file)) return 'program'
  if (records.test(file)) return 'record'
  const start = found === null ? '' : await startOf(file, found.size)
  return start === '#!' ? 'program' : 'unknown'
}

async function startOf(file: string, size: number): Promise<string> {
  if (size > 1024 * 1024) return ''
  return (await readFile(file)).subarray(0, 2).toString('latin1')
}

const programs =
  /(?:\.(?:sh|bash|zsh|py|pyi|pyx|pth|so|[cm]?[jt]sx?|rb|pl|lua|toml|ini|cfg|conf|ya?ml|env|lock)|\/\.env[^/]*|\/[Mm]akefile|\/\.git(?:ignore|attributes|modules))$/
const records =
  /(?:\.(?:log|out|err|xml|html|pid|sock|tmp|bak|png|jpe?g|webm|mp4|zip|har|jsonl|prof|pyc|db|sqlite3?)|\.db-(?:wal|shm|journal)|\/\.coverage[^/]*|\/\.DS_Store)$/
