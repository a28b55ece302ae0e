import type { Criterion } from './criterion.ts'

/**
 * A criterion names functions as the Python original does. In a change of JavaScript the same function
 * is `queueEvent`, a private one `_tryCoalesce` or `#tryCoalesce`, so these spellings count, too.
 */
export function spelledFor(criterion: Criterion, paths: readonly string[]): Criterion {
  if (!paths.some((path) => /\.[cm]?[jt]sx?$/.test(path))) return criterion
  const spelled = (names: readonly string[]): string[] => [...new Set(names.flatMap(spellings))]
  const { follow, places } = criterion
  return {
    ...criterion,
    places: places.map((place) => ({ ...place, names: spelled(place.names) })),
    ...(follow === undefined
      ? {}
      : { follow: { ...follow, from: spelled(follow.from), except: spelled(follow.except) } }),
  }
}

function spellings(name: string): readonly string[] {
  const at = name.lastIndexOf('.') + 1
  const owner = name.slice(0, at)
  const own = name.slice(at)
  const plain = own.replace(/^_+/, '')
  if (!/[a-z]/.test(own) || /[A-Z]/.test(own)) return [name]
  const camel = plain.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  const hidden = own === plain ? [] : [`_${camel}`, `#${camel}`]
  return [name, ...[camel, ...hidden].map((spelling) => owner + spelling)]
}
