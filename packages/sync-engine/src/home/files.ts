import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { privateFolder } from './home.ts'
import { removeFile } from '../base/remove-file.ts'

/**
 * Replaces a file in one step: readers see the old content or the new, never a part, also after a
 * crash. Mode 0600 from the first byte on.
 */
export function writeAtomically(path: string, content: string): void {
  const folder = privateFolder(dirname(path))
  const draft = join(folder, `.${randomBytes(6).toString('hex')}.draft`)
  const file = openSync(draft, 'wx', 0o600)
  try {
    try {
      // One call of writeSync may write less than it was given, on a disk that fills up.
      writeFileSync(file, content)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(draft, path)
    syncFolder(folder)
  } catch (cause) {
    removeFile(draft)
    throw cause
  }
}

/** A new name is durable only once its folder is. */
export function syncFolder(path: string): void {
  syncFile(path)
}

/** Makes what was written to a file durable. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** The text of a file, or undefined if there is none. Other failures are thrown, and name the file. */
export function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    // Node names it only where opening failed, not where reading did: a folder can be opened.
    throw cause instanceof Error ? Object.assign(cause, { path }) : cause
  }
}
