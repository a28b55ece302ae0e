import type { ChangedFile } from '../../packages/fix-prover/src/changes/change.ts'
import type { Kind } from '../../packages/fix-prover/src/reading/compare.ts'
import { compare } from '../../packages/fix-prover/src/reading/compare.ts'
import { readFiles } from '../../packages/fix-prover/src/reading/files.ts'
import { contextOf } from '../../packages/fix-prover/src/reading/units.ts'

/** Kinds of change per unit between two texts of one file, by reading alone. */
export function classify(
  path: string,
  before: string,
  after: string,
): ReadonlyMap<string, readonly Kind[]> {
  return classifyFiles([{ path, before, after }])
}

/** The same for several files: path and name of a unit → kinds. */
export function classifyFiles(
  files: readonly Pick<ChangedFile, 'path' | 'before' | 'after'>[],
): ReadonlyMap<string, readonly Kind[]> {
  const read = readFiles(files.map((file) => ({ ...file, role: 'product' as const })))
  const pairs = read.flatMap((file) => file.pairs)
  const context = contextOf(pairs)
  return new Map(
    pairs
      .map((pair) => {
        const kinds = compare(pair.before, pair.after, context)
        const moved: Kind[] = pair.movedFrom === null ? [] : ['move']
        return [pair.name, [...kinds, ...moved]] as const
      })
      .filter(([, kinds]) => kinds.length > 0),
  )
}

/** All kinds of a change, whatever unit they are in. */
export function kindsBetween(path: string, before: string, after: string): ReadonlySet<Kind> {
  return new Set([...classify(path, before, after).values()].flat())
}
