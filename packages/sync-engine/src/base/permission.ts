import { advice, command, type Remedy } from './remedies.ts'
import { accessSync, constants, lstatSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'

/**
 * The command that gives its owner back the right to a path: to the file itself, or to the nearest
 * folder around it that keeps everybody out. Undefined where it is not the permissions of a file of
 * this user that stand in the way.
 */
export function permissionRemedy(path: string): Remedy | undefined {
  if (isReadOnly(path)) return MOUNT_FOR_WRITING
  for (let place = path; place !== dirname(place); place = dirname(place)) {
    const found = statOf(place)
    if (found === undefined || isUsable(place, found)) continue
    return found.uid === process.getuid?.() ? command('chmod', 'u+rwX', place) : undefined
  }
  return undefined
}

/** Undefined for what is not there, and for what a closed folder hides. */
function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch {
    return undefined
  }
}

function isUsable(path: string, found: Stats): boolean {
  const wanted = constants.R_OK | constants.W_OK | (found.isDirectory() ? constants.X_OK : 0)
  try {
    accessSync(path, wanted)
    return true
  } catch {
    return false
  }
}

/** No permission of a file helps there. */
export const MOUNT_FOR_WRITING = advice(
  'mount that file system for writing, or set SPEC_KITTY_HOME to a folder on another one',
)

/** Whether the file system of a path, or of the nearest folder around it that is there, is mounted read-only. */
export function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return false
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    return code === 'ENOENT' && path !== dirname(path)
      ? isReadOnly(dirname(path))
      : code === 'EROFS'
  }
}
