import { statSync } from 'node:fs'

/**
 * Whether something is at a path. `existsSync` also says no where this user may not look: a home that is
 * closed to its program would read as an empty one.
 * @throws {Error} `EACCES`, or whatever else the file system refuses, with the path
 */
export function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined
  } catch (cause) {
    // Below a file there is nothing.
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOTDIR') return false
    throw cause
  }
}
