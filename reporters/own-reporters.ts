import type { ResolvedConfig } from 'vitest/node'
import { ConsoleReporter } from './console-reporter.ts'
import { TraceReporter } from './trace-reporter.ts'

/**
 * A reporter runs in the process that decides, so each must be one of ours, and no two of a kind. A name
 * alone says nothing: another class may have it, and a hook of ours may have been replaced.
 *
 * @param evidence the class of the reporter that asks
 */
export function unexpectedReporters(
  { reporters }: Pick<ResolvedConfig, 'reporters'>,
  evidence: { readonly prototype: object },
): string[] {
  const own = [ConsoleReporter, TraceReporter, evidence].map(({ prototype }): unknown => prototype)
  const kinds = reporters.map(kindOf)
  return kinds
    .filter((kind, at) => !own.includes(kind) || kinds.indexOf(kind) !== at)
    .map((kind) => `there is a reporter ${nameOf(kind)} in addition`)
}

/** What an unchanged object is made from; whatever else stands for itself. */
function kindOf(reporter: unknown): unknown {
  if (!isObject(reporter)) return reporter
  const isChanged = Object.getOwnPropertyNames(reporter).some((name) => name.startsWith('on'))
  return isChanged ? reporter : Object.getPrototypeOf(reporter)
}

function nameOf(kind: unknown): string {
  return isObject(kind) ? kind.constructor.name : JSON.stringify(kind)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
