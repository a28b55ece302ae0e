import type { Register } from '@canary-gate/gate-kernel'
import type { TestProjectConfiguration } from 'vitest/config'
import type { TestSpecification } from 'vitest/node'

/** What a checkout may add to the pinned configuration of its gate. */
export interface GateConfigOptions {
  /**
   * File below the root whose default export is Vitest's global set-up: it writes `world.json` into
   * the run's folder. Without one, the world is the file that CANARY_GATE_CONFIG names, or empty.
   */
  readonly globalSetup?: string
  /** Other requirements that tests of this checkout name, for the traceability report. */
  readonly register?: Register
  /** Other Vitest projects: specs that do not belong to the gate. */
  readonly projects?: readonly TestProjectConfiguration[]
  /** Files of those projects that wait for minutes: they are begun first. */
  readonly beginsFirst?: (file: TestSpecification) => boolean
}
