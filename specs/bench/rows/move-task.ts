import { moveTaskRatio } from '../move-task-ratio.ts'
import type { BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: 'agent tasks move-task with 100 k undelivered events, an expired login, a dead network and a daemon amid a drain, beside an empty home with sync off',
  unit: 'times its time',
  bar: { atMost: 1.3 },
  measure: moveTaskRatio,
}
