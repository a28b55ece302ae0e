import { linkSync, mkdirSync, renameSync, rmdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isThere } from '../base/present.ts'
import { freeName } from '../base/remedies.ts'
import { syncFile, syncFolder } from '../home/files.ts'
import { PageFile } from './page-file.ts'
import { SoleUse } from './sole-use.ts'

interface Repaired {
  /** A folder on the same file system. */
  readonly work: string
  /** Copy of the damaged file, with its log. */
  readonly copy: string
  readonly repaired: string
  readonly held: SoleUse | undefined
}

/**
 * Moves the damaged files into a folder of their own and the repaired journal to their place. File and log
 * cannot go in one step, and each without the other lacks events; so the file is replaced by one that has
 * its log folded in before the log goes.
 * @returns the folder with the damaged files
 */
export function putInPlace(path: string, { work, copy, repaired, held }: Repaired): string {
  // What needs space comes first: on a full disk nothing is there yet that would have to go again.
  using folded = held && isThere(`${path}-wal`) ? fold(held, copy, work) : undefined
  const damaged = freeName(path)
  const name = join(damaged, 'journal.db')
  mkdirSync(damaged, { mode: 0o700 })
  if (held !== undefined) linkOrRemove(path, name)
  if (folded !== undefined) renameSync(folded.path, path)
  for (const suffix of ['-wal', '-shm'])
    if (isThere(path + suffix)) renameSync(path + suffix, name + suffix)
  renameSync(repaired, path)
  syncFolder(dirname(path))
  return damaged
}

/** A new name may need a block, too. */
function linkOrRemove(path: string, name: string): void {
  try {
    linkSync(path, name)
  } catch (cause) {
    rmdirSync(dirname(name))
    throw cause
  }
}

/** Kept from others as well, until it is replaced in its turn. */
function fold(held: SoleUse, copy: string, work: string): SoleUse {
  const path = join(work, 'folded.db')
  held.copyTo(path)
  using pages = new PageFile(copy)
  pages.foldInto(path)
  syncFile(path)
  return new SoleUse(path, work)
}
