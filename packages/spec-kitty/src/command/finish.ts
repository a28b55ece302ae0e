import { flag, type Call } from './define.ts'
import { printJson, type Io } from './io.ts'
import { lostHere, REPAIR } from './lost-events.ts'

/** What a command has to say, once for a program and once for a person. */
export interface Said {
  /** Facts without `ok`: that comes from the exit code. */
  readonly json: object | (() => object)
  readonly text: string | (() => string)
}

/**
 * Ends a command. `ok` is what the exit code says, so that a script which reads the one and a script which
 * reads the other never do different things. Whatever the command did, it did it without the events that are
 * missing from the journal: that is said as well.
 */
export function finish(call: Call, exitCode: number, { json, text }: Said): number {
  const lost = lostHere(call)
  if (flag(call, 'json')) {
    const facts = typeof json === 'function' ? (json as () => object)() : json
    const missing = lost === undefined ? {} : { events_lost: lost }
    printJson(call.io, { ok: exitCode === 0, ...(inOneSpelling(facts) as object), ...missing })
  } else call.io.out(typeof text === 'function' ? text() : text)
  if (lost !== undefined) sayLost(call.io, lost)
  return exitCode
}

/** Not on standard output: a script that reads the answer there gets nothing else. */
export function sayLost({ err }: Io, lost: string): void {
  err(`${lost}\n  next: ${REPAIR}\n`)
}

/** Foreign data: an event's own keys are never touched. */
const FOREIGN: ReadonlySet<string> = new Set(['envelope'])

/**
 * The same facts with every key in snake case. Keys that earlier versions printed in camel case stay, so that
 * nobody who reads them has to change (SYNC/NFR-006).
 */
export function inOneSpelling(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOneSpelling)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, held]: [string, unknown]) => {
      const written = FOREIGN.has(key) ? held : inOneSpelling(held)
      const snake = key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
      return snake === key
        ? [[key, written]]
        : [
            [snake, written],
            [key, written],
          ]
    }),
  )
}
