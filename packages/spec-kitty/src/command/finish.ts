import { flag, type Call } from './define.ts'
import { printJson } from './io.ts'

/** What a command has to say, once for a program and once for a person. */
export interface Said {
  /** Facts without `ok`: that comes from the exit code. */
  readonly json: object | (() => object)
  readonly text: string | (() => string)
}

/**
 * Ends a command. `ok` is what the exit code says, so that a script which reads the one and a script which
 * reads the other never do different things.
 */
export function finish(call: Call, exitCode: number, { json, text }: Said): number {
  if (flag(call, 'json')) {
    const facts = typeof json === 'function' ? (json as () => object)() : json
    printJson(call.io, { ok: exitCode === 0, ...(inOneSpelling(facts) as object) })
  } else call.io.out(typeof text === 'function' ? text() : text)
  return exitCode
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
