import type { Repeated } from '@canary-gate/gate-kernel'
import { fewestCanaryRuns } from '../world/schema.ts'

/** How often the canary runs is a setting (GATE/FR-008 asks for four). */
export const repeats: Repeated = {
  what: 'the canary',
  fewest: fewestCanaryRuns,
  setting: (times) => `runs = ${times} below [canary]`,
}
