/** One line of the numbers table: a measure, its unit and the bar it must reach. */
export interface BenchRow {
  readonly name: string
  readonly unit: string
  readonly bar: Bar
  /** What stands in the way where the bar is missed: printed below the table. */
  readonly inTheWay?: string
  /** The median of interleaved rounds, taken in this run. */
  readonly measure: () => Promise<number>
}

export type Bar = { readonly atLeast: number } | { readonly atMost: number }

export interface BenchResult {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly bar: string
  readonly holds: boolean
}

export function judge({ name, unit, bar }: BenchRow, value: number): BenchResult {
  const holds = 'atLeast' in bar ? value >= bar.atLeast : value <= bar.atMost
  const text = 'atLeast' in bar ? `≥ ${bar.atLeast}` : `≤ ${bar.atMost}`
  return { name, value, unit, bar: text, holds }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/**
 * The median over rounds of how fast `ours` is beside `theirs` in the same round; 1 is equally fast.
 * The order alternates after an untimed preparation, so that a machine that slows down does not favour one of them.
 */
export async function speedRatio(
  rounds: number,
  ours: (round: number) => Promise<void> | void,
  theirs: (round: number) => Promise<void> | void,
  prepare: () => void = () => undefined,
): Promise<number> {
  const ratios: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    prepare()
    const first = round % 2 === 0 ? ours : theirs
    const second = round % 2 === 0 ? theirs : ours
    const firstMs = await timed(() => first(round))
    const secondMs = await timed(() => second(round))
    ratios.push(round % 2 === 0 ? secondMs / firstMs : firstMs / secondMs)
  }
  return median(ratios)
}

/** How long a step takes, in milliseconds. */
export async function timed(step: () => unknown): Promise<number> {
  const began = performance.now()
  await step()
  return performance.now() - began
}
