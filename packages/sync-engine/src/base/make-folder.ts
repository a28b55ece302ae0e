import { mkdirSync } from 'node:fs'
import { isReadOnly } from './permission.ts'

/**
 * Makes a folder that only its user may enter, and those around it, unless it is there.
 * @throws {Error} what the file system refuses; Node calls a read-only one a missing folder
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    if (!(cause instanceof Error) || !isReadOnly(path)) throw cause
    throw Object.assign(new Error(cause.message, { cause }), { code: 'EROFS', path })
  }
}
