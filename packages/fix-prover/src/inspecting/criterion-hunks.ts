import type { Span } from '../changes/line-diff.ts'
import type { Hunk } from '../proving/hunks.ts'
import type { UnitReading } from '../reading/units.ts'

/** A hunk in a function, class or constant of the criterion. */
export interface CriterionHunk {
  readonly hunk: Hunk
  /** `Queue.Push` */
  readonly name: string
  /** What else the same hunk changes, outside of the criterion. */
  readonly mixedWith: readonly string[]
}

/** The hunks in changed units of the criterion, on either side of the change. */
export function hunksOfUnits(
  hunks: readonly Hunk[],
  units: readonly UnitReading[],
): readonly CriterionHunk[] {
  return hunks.flatMap((hunk) => {
    const touched = units.filter((unit) => touches(unit, hunk))
    const own = touched.find(isOwn)
    const others = touched.filter(
      (unit) => !isOwn(unit) && unit.kinds.includes('behaviour') && !unit.isAround,
    )
    if (own === undefined) return []
    return [{ hunk, name: own.name, mixedWith: others.map(({ name }) => name) }]
  })
}

function isOwn({ membership, kinds }: UnitReading): boolean {
  return membership === 'yes' && kinds.some((kind) => kind === 'behaviour' || kind === 'rename')
}

function touches({ file, lines, was, change }: UnitReading, hunk: Hunk): boolean {
  const isAfter = change !== 'removed' && hunk.file === file && overlap(hunk.after, lines)
  return isAfter || (was !== null && hunk.file === was.file && overlap(hunk.before, was.lines))
}

/** An empty span is between two lines. */
function overlap({ first, count }: Span, [from, to]: readonly [number, number]): boolean {
  return count === 0 ? from <= first && first < to : first <= to && first + count - 1 >= from
}
