import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, lstatSync, openSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { syncFolder } from './files.ts'
import { removeFile } from '../base/remove-file.ts'

/**
 * Makes a new file, readable by its owner alone from the first byte on. It is written beside its name and gets
 * the name when it is complete and durable: neither an error nor a kill leaves a part of it there, and a file
 * that another process makes there meanwhile stays.
 * @param write fills the empty file at that path
 * @throws {Error} `EEXIST` if there is a file of that name, and whatever else the file system says
 */
export function makeNewFile<T>(path: string, write: (draft: string) => T): T {
  if (isTaken(path))
    throw Object.assign(new Error(`${path} exists`), { code: 'EEXIST', syscall: 'open' })
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.draft`
  closeSync(openSync(draft, 'wx', 0o600))
  try {
    const result = write(draft)
    makeDurable(draft)
    giveName(draft, path)
    return result
  } finally {
    removeFile(draft)
  }
}

/** Makes what is new; that another process has made it meanwhile is just as good. */
export function unlessTaken(make: () => void): void {
  try {
    make()
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause
  }
}

/** Also by a link that leads nowhere: it is somebody's wish where the file should be. */
export function isTaken(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function makeDurable(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/**
 * Gives a file its final name, durably. A link, unlike a rename, never replaces a file; where there are no links
 * (a memory stick), the name is taken first.
 * @throws {Error} `EEXIST` if there is a file of that name
 */
export function giveName(draft: string, path: string): void {
  try {
    linkSync(draft, path)
  } catch (cause) {
    if (!isWithoutLinks(cause)) throw cause
    closeSync(openSync(path, 'wx', 0o600))
    renameSync(draft, path)
  }
  syncFolder(dirname(path))
}

const WITHOUT_LINKS: readonly unknown[] = ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK']

function isWithoutLinks(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && WITHOUT_LINKS.includes(cause.code)
}
