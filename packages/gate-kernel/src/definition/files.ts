import { basename } from 'node:path'

/**
 * The requirement that a gate file proves, read from its name: `02-FR-001-blockers.test.ts`, or
 * without a number. The order is that of the table, whatever the numbers say.
 *
 * @param order ids of the gate
 */
export function requirementOfFile<Id extends string>(
  order: readonly Id[],
  path: string,
): Id | undefined {
  const name = basename(path).replace(/^\d+-/, '')
  const fitting = order.filter((id) => name.startsWith(`${localOf(id)}-`))
  // `FR-1-retry` may be an id of its own: the longest one is meant.
  return fitting.sort((one, other) => other.length - one.length)[0]
}

/** The part of an id behind the name of its spec. */
export function localOf(id: string): string {
  return id.slice(id.indexOf('/') + 1)
}
