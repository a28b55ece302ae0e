import type { BigIntStats, Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ifAbsent, isAbsent } from '@canary-gate/documents'

/** What is below the watched folders, links resolved, and what cannot be looked at. */
export interface WatchedFiles {
  /** Path as it is reached from a watched folder → the real file behind it. */
  readonly files: ReadonlyMap<string, string>
  /** Why something there cannot be watched, one reason each. */
  readonly unwatched: readonly string[]
}

/**
 * Lists plain files below a folder, through links to files and to folders: a queue behind a link is a
 * queue. Each real folder is entered once, so that links in a circle end. A folder that is not there
 * has no files; what is there and cannot be listed or resolved is reported, never skipped.
 */
export async function listWatched(root: string): Promise<WatchedFiles> {
  const files = new Map<string, string>()
  const unwatched: string[] = []
  const entered = new Set<string>()
  const enter = async (folder: string): Promise<void> => {
    const real = await realpath(folder)
    if (entered.has(real)) return
    entered.add(real)
    for (const entry of await readdir(real, { withFileTypes: true }))
      await look(entry, join(folder, entry.name)).catch((error: unknown) => {
        if (!isAbsent(error)) unwatched.push(`${join(folder, entry.name)}: ${codeOf(error)}`)
      })
  }
  const look = async (entry: Dirent, path: string): Promise<void> => {
    if (entry.isDirectory()) return enter(path)
    if (entry.isFile()) return void files.set(path, path)
    // A daemon listens at a socket while it lives, and nothing is kept in it.
    if (entry.isSocket()) return
    if (!entry.isSymbolicLink()) return void unwatched.push(`${path} is not a file`)
    const real = await realpath(path).catch((error: unknown) => {
      if (isAbsent(error)) unwatched.push(`${path} is a link to nothing`)
      else throw error
      return null
    })
    if (real === null) return
    const target = await stat(real)
    if (target.isDirectory()) return enter(path)
    if (target.isFile()) files.set(path, real)
    else unwatched.push(`${path} is a link to what is not a file`)
  }
  await enter(root).catch((error: unknown) => {
    if (!isAbsent(error)) unwatched.push(`${root}: ${codeOf(error)}`)
  })
  return { files, unwatched }
}

/**
 * Changes whenever a file was written or replaced, also by what it held before: inode, size, time of
 * the content and time of the inode. Null for a file that is not there.
 */
export async function traceOf(file: string): Promise<string | null> {
  const info: BigIntStats | null = await stat(file, { bigint: true }).catch(ifAbsent(null))
  if (info === null) return null
  return `${info.dev}.${info.ino}.${info.size}.${info.mtimeNs}.${info.ctimeNs}`
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
