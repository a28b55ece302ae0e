import { unlinkSync } from 'node:fs'

/**
 * Removes a file if it is there. Where the file system is read-only, `rmSync` throws an error without a code, and
 * what is a refusal would look like a bug.
 * @throws {Error} what the file system refuses, with its code and the path
 */
export function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause
  }
}
