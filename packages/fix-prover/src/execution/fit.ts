import type { Facets } from '../reading/facets.ts'
import type { Pair } from '../reading/files.ts'
import { common, type Node, print, walk } from '../syntax/node.ts'

/**
 * Whether units as they were before still fit the rest of the fixed tree: what they call is there
 * and takes what it took. Where they do not, a test may turn red because old code meets new, and a
 * handler that swallows the error makes that look like the test's own assertion.
 */
export function fitsTheRest(reverted: readonly Pair[], pairs: readonly Pair[]): boolean {
  const rest = pairs.filter((pair) => !reverted.includes(pair))
  const gone = new Set(rest.flatMap(changedShapes))
  const remade = reverted.filter(hasOtherShape).map(({ name }) => simple(name))
  return (
    reverted.every(({ before }) => !mentionsAny(before, gone)) &&
    rest.every(({ before, after }) => before === null || !mentionsAny(after, new Set(remade)))
  )
}

/** Names that old code would look for in vain, or call the wrong way. */
function changedShapes(pair: Pair): readonly string[] {
  const { before, after, oldName, name } = pair
  if (before === null) return []
  const kept = new Set(after?.side.imports.map(([local]) => local))
  const imports = before.side.imports.map(([local]) => local).filter((local) => !kept.has(local))
  const isSame = oldName === name && !hasOtherShape(pair)
  return isSame || name === '<module>' ? imports : [...imports, simple(oldName)]
}

/** Gone, or with other parameters. */
function hasOtherShape({ before, after }: Pair): boolean {
  if (before === null) return false
  return after === null || parametersOf(before) !== parametersOf(after)
}

function parametersOf({ core, unit }: Facets): string {
  if (unit.kind !== 'function') return ''
  const list = [...walk(core)].find(({ type }) => type === 'ParamList')
  return list === undefined ? '' : print(list)
}

function mentionsAny(facets: Facets | null, names: ReadonlySet<string>): boolean {
  return (
    facets !== null && [...walk(facets.core)].some((node) => isName(node) && names.has(node.text))
  )
}

function isName({ type }: Node): boolean {
  return type === common.name || type === common.property
}

function simple(name: string): string {
  return name.split('.').at(-1) ?? name
}
