import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isAbsent } from '@canary-gate/documents'
import { sha256Of } from '../evidence/tree.ts'

/** One entry of a folder, by its path in it. */
interface Part {
  readonly path: string
  readonly kind: 'file' | 'link' | 'empty folder' | 'neither file nor folder'
}

/** Digests of folders, with what the file system said of their files. */
const known = new Map<string, { readonly versions: string; readonly digest: string }>()

/**
 * One digest for everything below a folder, the content that links lead to included. A process that asks again
 * reads only folders in which something was written since, which times and inodes tell. Read at once: three
 * thousand small files take four times as long one promise each.
 *
 * @param isPart whether a file of that name counts
 */
export function digestOfFolder(
  folder: string,
  isPart: (name: string) => boolean = () => true,
): string {
  const parts = partsIn(folder, '', isPart)
  const versions = parts.map((part) => versionOf(folder, part)).join('\n')
  const before = known.get(folder)
  if (before?.versions === versions) return before.digest
  const hash = createHash('sha256')
  for (const part of parts) {
    const content = contentOf(folder, part)
    hash.update(`${part.kind}\0${part.path}\0${content.length}\0`).update(content)
  }
  const digest = hash.digest('hex')
  known.set(folder, { versions, digest })
  return digest
}

/** What a path leads to decides, and not that there is a link. */
export function digestOfPath(path: string): string {
  const found = unlessAbsent(() => lstatSync(path))
  if (found === undefined) return 'absent'
  const real = found.isSymbolicLink() ? unlessAbsent(() => realpathSync(path)) : path
  if (real === undefined) return 'a link to nothing'
  const kind = found.isSymbolicLink() ? 'a link to ' : ''
  const target = statSync(real)
  if (target.isDirectory()) return kind + digestOfFolder(real)
  return kind + (target.isFile() ? sha256Of(readFileSync(real)) : 'neither file nor folder')
}

function partsIn(folder: string, path: string, isPart: (name: string) => boolean): Part[] {
  const entries = readdirSync(join(folder, path), { withFileTypes: true })
  if (entries.length === 0 && path !== '') return [{ path, kind: 'empty folder' }]
  return entries
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry): Part[] => {
      const inner = join(path, entry.name)
      if (entry.isDirectory()) return isKept(entry.name) ? partsIn(folder, inner, isPart) : []
      if (!isPart(entry.name)) return []
      if (entry.isSymbolicLink()) return [{ path: inner, kind: 'link' }]
      return [{ path: inner, kind: entry.isFile() ? 'file' : 'neither file nor folder' }]
    })
}

/** Packages below a package are looked at where they are needed; Python compiles for itself. */
function isKept(name: string): boolean {
  return name !== 'node_modules' && name !== '__pycache__'
}

function versionOf(folder: string, { kind, path }: Part): string {
  const file = join(folder, path)
  if (kind === 'link') return digestOfPath(file)
  const { dev, ino, size, mtimeNs, ctimeNs } = lstatSync(file, { bigint: true })
  return [file, dev, ino, size, mtimeNs, ctimeNs].join(' ')
}

function contentOf(folder: string, { kind, path }: Part): Buffer {
  const file = join(folder, path)
  if (kind === 'file') return readFileSync(file)
  return Buffer.from(kind === 'link' ? digestOfPath(file) : '')
}

function unlessAbsent<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}
