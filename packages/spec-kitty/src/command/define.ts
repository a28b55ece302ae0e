import { resolve } from 'node:path'
import type { Io } from './io.ts'

/** One command of the program. Help, completion and docs/cli.md are all made from these definitions. */
export interface CommandDefinition {
  /** Words of the command, e.g. `['sync', 'status']`. */
  readonly path: readonly string[]
  /** One line, for lists. */
  readonly summary: string
  /** What a manual page says beyond the summary. */
  readonly description?: string
  readonly args?: readonly ArgumentDefinition[]
  readonly options?: readonly OptionDefinition[]
  readonly examples: readonly Example[]
  /** Exit codes besides the common ones, with their meaning. */
  readonly exits?: Readonly<Record<number, string>>
  /** Runs by machinery only; absent from lists, completion and manual. */
  readonly hidden?: boolean
  /** Loads the code that runs it; nothing heavy is loaded for any other command. */
  readonly load: () => Promise<{ readonly run: Run }>
}

export type Run = (call: Call) => number | Promise<number>

export interface ArgumentDefinition {
  readonly name: string
  readonly summary: string
  readonly required?: boolean
  readonly variadic?: boolean
  /** The values that are accepted, for completion. */
  readonly choices?: readonly string[]
}

export interface OptionDefinition {
  /** Commander's notation: `--to <lane>`, `--json`, `--no-strict`. */
  readonly flags: string
  readonly summary: string
  readonly choices?: readonly string[]
  readonly default?: string
}

export interface Example {
  readonly command: string
  readonly says: string
}

/** What a command is called with. */
export interface Call {
  readonly args: readonly (string | undefined)[]
  readonly options: Readonly<Record<string, unknown>>
  /** The words of the command, as the audit names it. */
  readonly command: string
  /** Every command of the program: what completion is made from. */
  readonly catalogue: readonly CommandDefinition[]
  readonly io: Io
}

/** Whether the flag was given. */
export function flag(call: Call, name: string): boolean {
  return call.options[name] === true
}

/** The value of an option, if it was given. */
export function text(call: Call, name: string): string | undefined {
  const value = call.options[name]
  return typeof value === 'string' ? value : undefined
}

/**
 * The whole number that an option gives, or `otherwise` if it is absent.
 * @throws {UsageError} if it is none within the bounds
 */
export function whole(
  call: Call,
  name: string,
  { from, to, otherwise }: { from: number; to: number; otherwise: number },
): number {
  const given = text(call, name)
  if (given === undefined) return otherwise
  const number = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN
  if (number >= from && number <= to) return number
  const shown = given.length > 40 ? `${given.slice(0, 40)}…` : given
  const flags = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  throw usage(call, `${flags} takes a whole number from ${from} to ${to}, not "${shown}"`)
}

/** Says what is wrong with the command line; to be thrown. */
export function usage({ io }: Call, message: string): UsageError {
  io.err(`error: ${message}\n`)
  return new UsageError(message)
}

/** The command line is wrong, and it has been said how. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** A required argument; commander has refused the call before if it is missing. */
export function argument(call: Call, index: number): string {
  return call.args[index] ?? ''
}

/**
 * The absolute path of a file that a command makes; `-` means standard output elsewhere, so it is not a name.
 * @throws {UsageError} where `-` is given
 */
export function newFile(call: Call, given: string): string {
  if (given === '-') throw usage(call, 'this needs a file; - is standard output (./- is a file)')
  return resolve(call.io.cwd, given)
}

/** The option that nearly every command has. */
export const JSON_OPTION: OptionDefinition = {
  flags: '--json',
  summary: 'print one JSON object instead of text',
}

/** What every command may end with. */
export const COMMON_EXITS: Readonly<Record<number, string>> = {
  0: 'done',
  2: 'refused; the message says what to do',
  64: 'the command line is wrong',
  70: 'a bug of this program',
}
