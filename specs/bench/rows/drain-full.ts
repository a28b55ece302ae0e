import { drainRatio, IN_THE_WAY } from '../drain-ratio.ts'
import type { BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: 'the same drain, results FULL on every batch, beside a raw undici loop',
  unit: 'of its speed',
  bar: { atLeast: 0.45 },
  inTheWay: IN_THE_WAY,
  measure: () => drainRatio('FULL'),
}
