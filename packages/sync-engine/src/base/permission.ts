import { command, type Remedy } from './remedies.ts'
import { accessSync, constants, lstatSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'

/**
 * The command that gives its owner back the right to a path: to the file itself, or to the nearest
 * folder around it that keeps everybody out. Undefined where it is not the permissions of a file of
 * this user that stand in the way.
 */
export function permissionRemedy(path: string): Remedy | undefined {
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
