import { accessSync, constants, realpathSync } from 'node:fs'
import { delimiter, dirname, isAbsolute, join, relative } from 'node:path'

/** Where a command will be typed, and what is there. */
export interface TypingPlace {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The operator's folder. */
  readonly cwd: string
  /** `src/bin/canary-gate.js` of this checkout or installed package. */
  readonly bin: string
}

/** Hands the form that `canary-gate run` was typed in on to the test runner, whose folder is another. */
export const TYPED_AS = 'CANARY_GATE_TYPED_AS'

/**
 * How this very program is started from the operator's folder. `npx` is only named where it finds this
 * package: elsewhere it would fetch a package of that name from the npm registry and run it.
 */
export function typedForm(place: TypingPlace): string {
  const { environment, cwd, bin } = place
  const told = environment[TYPED_AS]
  if (told !== undefined && /canary-gate(?:\.js)?'?$/.test(told)) return told
  if (isBelow(dirname(dirname(dirname(bin))), cwd) || foldersUp(cwd).some((up) => isIn(up, bin)))
    return 'npx canary-gate'
  if (lastingPath(environment).some((folder) => isThis(join(folder, 'canary-gate'), bin)))
    return 'canary-gate'
  return `${shellWord(process.execPath)} ${shellWord(bin)}`
}

/** A text in which every command of this program stands as it is to be typed here. */
export function asTyped(text: string, form: string): string {
  return text.replace(command, () => form)
}

const command =
  /(?<![\w/.-]|npx )canary-gate(?= (?:run|doctor|publish|verify|trace|candidates|inspect-fix|init|prove|history|report|plan|waive|--help)\b)/g

/** As a shell reads it: a path with a space or a quote in it stays one word. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** What npm adds to the path is gone again when the operator types the next command. */
function lastingPath(environment: TypingPlace['environment']): string[] {
  const folders = (environment['PATH'] ?? '').split(delimiter)
  if (environment['npm_command'] === undefined) return folders
  return folders.filter((folder) => !folder.endsWith(join('node_modules', '.bin')))
}

function isIn(folder: string, bin: string): boolean {
  return isThis(join(folder, 'node_modules', '.bin', 'canary-gate'), bin)
}

function foldersUp(folder: string): string[] {
  const above = dirname(folder)
  return above === folder ? [folder] : [folder, ...foldersUp(above)]
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return !way.startsWith('..') && !isAbsolute(way)
}

function isThis(link: string, bin: string): boolean {
  try {
    accessSync(link, constants.X_OK)
    return realpathSync(link) === realpathSync(bin)
  } catch {
    return false
  }
}
