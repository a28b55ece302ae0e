import { drainRatio, IN_THE_WAY } from '../drain-ratio.ts'
import type { BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: 'drain to a parsing loopback server, results NORMAL, beside a raw undici loop',
  unit: 'of its speed',
  bar: { atLeast: 0.7 },
  inTheWay: IN_THE_WAY,
  measure: () => drainRatio('NORMAL'),
}
