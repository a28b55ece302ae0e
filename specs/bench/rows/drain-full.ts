import { drainRatio } from '../drain-ratio.ts'
import type { BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: 'the same drain, results FULL on every batch, beside a raw undici loop',
  unit: 'of its speed',
  bar: { atLeast: 0.45 },
  measure: () => drainRatio('FULL'),
}
