import type { GateId } from '../register.ts'
import type { FactName } from '../run/facts.ts'

/**
 * What may be re-used of a stopped run: only what is expensive. Everything else is proven again in
 * every run, on the facts that were taken over: the blockers, the candidate and its installation, the
 * health of the service, the seal and the immutability of the evidence, every guard.
 */
export interface Policy {
  /** Requirements that must have passed in the earlier run: a proof is re-used as a whole. */
  readonly needs: readonly GateId[]
  /** Requirements that this run must have re-used itself before. */
  readonly after: readonly GateId[]
  /** Facts that are taken over. */
  readonly facts: readonly FactName[]
  /** What must be as it was: see `changes.ts`. */
  readonly inputs: readonly Input[]
}

export type Input =
  'blockers' | 'candidate' | 'service' | 'rows' | 'snapshot-age' | 'attempt' | 'suite-logs'

export const policies: Partial<Record<GateId, Policy>> = {
  'GATE/FR-002': {
    needs: ['GATE/FR-002'],
    after: [],
    facts: ['fixes'],
    inputs: ['blockers'],
  },
  'GATE/FR-007': {
    needs: [
      'GATE/FR-007',
      'GATE/FR-008',
      'GATE/NFR-002',
      'GATE/NFR-001',
      'GATE/FR-010',
      'GATE/NFR-003',
    ],
    after: [],
    facts: [
      'attempt',
      'single',
      'stateBeforeSingle',
      'stateAfterSingle',
      'snapshotBeforeFourRuns',
      'fourRun',
      'stateAfterFourRuns',
      'seal',
    ],
    inputs: ['candidate', 'service', 'rows', 'snapshot-age', 'attempt'],
  },
  // Its facts came with those of the single run: the canary is one proof.
  'GATE/FR-008': { needs: [], after: ['GATE/FR-007'], facts: [], inputs: [] },
  'GATE/FR-013': {
    needs: ['GATE/FR-013', 'GATE/NFR-005'],
    after: ['GATE/FR-008'],
    facts: ['teamspace'],
    inputs: ['candidate', 'suite-logs'],
  },
}
