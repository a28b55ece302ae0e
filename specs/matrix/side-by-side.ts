/**
 * Plays rows side by side, at most `width` at a time, and reports each as soon as it has ended.
 * Results stand in the order of the rows.
 */
export async function sideBySide<Row, Result>(
  rows: readonly Row[],
  width: number,
  playRow: (row: Row) => Promise<Result>,
): Promise<Result[]> {
  const results = new Map<number, Result>()
  const waiting = rows.entries()
  const work = async (): Promise<void> => {
    for (const [place, row] of waiting) results.set(place, await playRow(row))
  }
  await Promise.all(Array.from({ length: width }, work))
  return rows.flatMap((_, place) => {
    const result = results.get(place)
    return result === undefined ? [] : [result]
  })
}
