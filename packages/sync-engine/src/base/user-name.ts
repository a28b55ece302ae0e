import { userInfo } from 'node:os'

/**
 * The name of the user of this process, or its number: in many containers a process runs as one that the
 * system has no entry of.
 */
export function userName(read: () => { readonly username: string } = userInfo): string {
  try {
    return read().username
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}
