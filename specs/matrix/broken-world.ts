import type { WorldFaults } from '../../fixtures/rehearsal/faults.ts'
import type { GateId } from '../../gate/gate.ts'
import type { StopReport } from '../../packages/gate-kernel/src/stop/verdict.ts'

/** One row of the fault matrix: what is wrong, and what the gate must make of it. */
export type BrokenWorld = {
  /** Unique; a reader's handle for the row. */
  readonly name: string
  /** The stop condition, exception or checklist item that this row stands for. */
  readonly covers: string
  readonly faults: WorldFaults
} & (Stops | Releases)

interface Stops {
  readonly stopsAt: GateId
  readonly verdict: StopReport['verdict']
  readonly code: string
  /** True where everything was proven, and this did not hold any more right before the publication. */
  readonly late?: true
  /** What the stop must say, where its code alone would fit another reason as well. */
  readonly says?: string
  /** Blockers that the gate re-opens. */
  readonly reopens?: readonly (1141 | 1182)[]
  /** Comments that stand on an issue at the end although the gate stopped: a broken publication. */
  readonly leaves?: Partial<Leftovers>
  /** True where somebody in this world overwrites evidence, so that it is rightly found changed. */
  readonly overwrites?: true
}

/** A fault that the gate must live with. */
interface Releases {
  readonly releases: true
}

/** Comments of the gate by issue, and whether issue 41 is closed. */
export interface Leftovers {
  readonly on41: 0 | 1
  readonly closed41: boolean
  readonly on1038: 0 | 1
}
