import { Option, type Command } from 'commander'
import { join } from 'node:path'
import { homedir } from 'node:os'
import { HubError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { explainDatabase, openDatabase } from '../database/open.ts'
import { migrate } from '../schema/migrate.ts'

export interface Io {
  out(text: string): void
  err(text: string): void
  /** Whether a person watches what goes to `err`. */
  readonly isTerminal?: boolean
}

export interface PlaceOptions {
  readonly database?: string
  readonly data: string
  readonly connections: number
}

/** Where the events are; every command takes the same three options. */
export function placeOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--database <url>',
        'PostgreSQL server, postgres://user:password@host:5432/name',
      ).env('SPEC_KITTY_HUB_DATABASE'),
    )
    .addOption(
      new Option('--data <folder>', 'folder of the embedded database, without --database')
        .env('SPEC_KITTY_HUB_DATA')
        .default(join(homedir(), '.spec-kitty-hub')),
    )
    .addOption(
      new Option('--connections <number>', 'connections to PostgreSQL')
        .default(10)
        .argParser(whole('--connections', 1, 1_000)),
    )
}

const NEEDED = new WeakSet<Option>()

/**
 * An option that has to be there. It is looked for after the words that are not known: who misspells it gets
 * told of the spelling.
 */
export function needed(option: Option): Option {
  NEEDED.add(option)
  return option
}

/** Ends a command that lacks a needed option. */
export function assertComplete(command: Command): void {
  for (const option of command.options)
    if (NEEDED.has(option) && command.getOptionValue(option.attributeName()) === undefined)
      command.error(`error: required option '${option.flags}' not specified`)
}

/** A parser for a whole number within bounds. */
export function whole(name: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new HubError({
      code: 'command-line',
      what: `"${text.slice(0, 40)}" is not a whole number from ${least} to ${most}`,
      where: name,
      next: 'correct it; add --help for the details',
    })
  }
}

/** Opens the database, brings its schema up to date, runs the body and closes it again. */
export async function withDatabase<T>(
  options: PlaceOptions,
  body: (database: Database) => Promise<T>,
): Promise<T> {
  const database = await openPlace(options)
  try {
    await migrate(database)
    return await body(database)
  } catch (cause) {
    throw explainDatabase(cause, database.where)
  } finally {
    await database.close()
  }
}

export function openPlace({ database, data, connections }: PlaceOptions): Promise<Database> {
  return openDatabase({ url: database, folder: data, connections })
}

/** Columns of equal width, a line for each row. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return rows.map((row) => `${line(row)}\n`).join('')
}

/** Prints a result: the document for a script, or the text for a person. */
export function print(io: Io, json: boolean | undefined, document: unknown, text: string): void {
  io.out(json === true ? `${JSON.stringify(document)}\n` : visible(text))
}

/**
 * What others sent is shown without its power over a terminal or over the direction of what follows: as an
 * escape of JSON, so that a document keeps its meaning. Joined pictures keep what joins them.
 */
function visible(text: string): string {
  return text.replaceAll(/(?![\n\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (one) =>
    one.replaceAll(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )
}
