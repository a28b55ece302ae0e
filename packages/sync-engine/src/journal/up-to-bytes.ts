/** Letters of texts in memory at a time, unless a single one is longer: large events must not fill it. */
const MOST_LETTERS = 4 * 1024 * 1024

/**
 * The first rows, at least one, until their texts are enough. Given an iterator of a statement, no row
 * behind them is read.
 */
export function upToBytes<Row>(
  rows: Iterable<Row>,
  textOf: (row: Row) => string | null | undefined,
): Row[] {
  const taken: Row[] = []
  let letters = 0
  for (const row of rows) {
    taken.push(row)
    letters += textOf(row)?.length ?? 0
    if (letters >= MOST_LETTERS) break
  }
  return taken
}
