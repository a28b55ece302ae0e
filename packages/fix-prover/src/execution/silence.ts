import type { ReadFile } from '../reading/files.ts'

/**
 * The files of the fixed tree without the output that the change added, and nothing else taken out. A
 * test that fails there as it did before the fix looks at that output, however it caught it.
 *
 * @returns path → text; empty where the change adds no output
 */
export function withoutNewOutput(files: readonly ReadFile[]): ReadonlyMap<string, string> {
  return new Map(
    files.flatMap(({ file, after, pairs }) => {
      const spoken = pairs.flatMap((pair) => {
        const old = new Set(pair.before?.output)
        return (pair.after?.outputAt ?? []).filter(({ printed }) => !old.has(printed))
      })
      if (after === null || spoken.length === 0) return []
      const nothing = after.language.name === 'Python' ? 'pass' : ';'
      const text = spoken
        .toSorted((one, other) => other.from - one.from)
        .reduce(
          (text, { from, to }) => text.slice(0, from) + nothing + text.slice(to),
          after.source,
        )
      return [[file.path, text]]
    }),
  )
}
