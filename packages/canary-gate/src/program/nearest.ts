/**
 * ` (did you mean X?)` for a word that is not known, where a known one is near; else nothing.
 *
 * @param known what could have been meant
 */
export function didYouMean(word: string, known: readonly string[]): string {
  const [nearest] = known
    .map((name) => ({ name, away: distance(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, away }) => away <= MOST_EDITS && away < Math.max(word.length, name.length) / 2)
    .sort((one, other) => one.away - other.away)
  return nearest === undefined ? '' : ` (did you mean ${nearest.name}?)`
}

const MOST_EDITS = 3

/** Characters to insert, remove or replace, and neighbours to swap, to make one word of the other. */
function distance(one: string, other: string): number {
  const rows = Array.from({ length: one.length + 1 }, (_, at) => [at])
  const cell = (row: number, column: number): number => rows[row]?.[column] ?? 0
  for (let column = 1; column <= other.length; column++) rows[0]?.push(column)
  for (let row = 1; row <= one.length; row++)
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1]
      const isSwap = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      rows[row]?.push(
        Math.min(
          cell(row - 1, column) + 1,
          cell(row, column - 1) + 1,
          cell(row - 1, column - 1) + (isSame ? 0 : 1),
          isSwap && row > 1 && column > 1 ? cell(row - 2, column - 2) + 1 : Infinity,
        ),
      )
    }
  return cell(one.length, other.length)
}
