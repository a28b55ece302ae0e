import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** One file of a tree, by its path relative to the root, with `/` between the parts. */
export interface FileEntry {
  readonly path: string
  readonly sizeBytes: number
  readonly sha256: string
}

/** What a folder holds: its files, and whatever is neither a file nor a folder. */
export interface Tree {
  /** Sorted by path, by code unit, so that every machine agrees on the order. */
  readonly files: readonly FileEntry[]
  /** Symbolic links, sockets, devices: never evidence, because what they mean lies elsewhere. */
  readonly oddities: readonly string[]
  /** Folders without anything in them; a manifest of files would not see them. */
  readonly emptyFolders: readonly string[]
}

/** Reads a whole tree without following a link. Throws what `fs` throws if the root is missing. */
export async function readTree(root: string): Promise<Tree> {
  const files: FileEntry[] = []
  const oddities: string[] = []
  const emptyFolders: string[] = []
  const visit = async (relative: string): Promise<void> => {
    const entries = await readdir(join(root, relative), { withFileTypes: true })
    if (entries.length === 0 && relative !== '') emptyFolders.push(relative)
    for (const entry of entries) {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`
      if (entry.isDirectory()) await visit(path)
      else if (entry.isFile()) files.push(await readEntry(root, path))
      else oddities.push(path)
    }
  }
  await visit('')
  return { files: files.sort(byPath), oddities: oddities.sort(), emptyFolders: emptyFolders.sort() }
}

/** SHA-256 of a file's bytes, read as a stream: evidence may hold large logs. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

export function sha256Of(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

/** One digest for a whole tree; any edited, added, removed or renamed entry changes it. */
export async function fingerprintTree(root: string): Promise<string> {
  return sha256Of(JSON.stringify(await readTree(root)))
}

export function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  if (a.path === b.path) return 0
  return a.path < b.path ? -1 : 1
}

async function readEntry(root: string, path: string): Promise<FileEntry> {
  const file = join(root, path)
  const { size } = await lstat(file)
  return { path, sizeBytes: size, sha256: await sha256OfFile(file) }
}
