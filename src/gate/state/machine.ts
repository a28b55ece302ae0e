import type { GateId } from '../register.ts'

/**
 * The gate's life (seed 002), as one total function.
 *
 * A run begins IDLE. Requirements that pass carry it forward to FOUR_RUN_PASSED; the publication
 * carries it on to GATE_COMPLETE, because comments are written only when everything else is proven.
 * The first stop leads to STOPPED, which nothing leaves: taking a run up again begins a new history.
 * An event that contradicts the state (a later milestone before an earlier one) also stops the run:
 * a gate that cannot tell where it stands has proven nothing.
 */
export const gateStates = [
  'IDLE',
  'BLOCKERS_VERIFIED',
  'RC_INSTALLED',
  'PREFLIGHT_CLEAN',
  'SINGLE_RUN_PASSED',
  'FOUR_RUN_PASSED',
  'E2E_GATE_CLOSED',
  'TEAMSPACE_PASSED',
  'GATE_COMPLETE',
  'STOPPED',
] as const
export type GateState = (typeof gateStates)[number]

export type GateEvent =
  | { readonly type: 'passed'; readonly id: GateId }
  | { readonly type: 'stopped'; readonly id: GateId | null; readonly reason: string }
  | { readonly type: 'published'; readonly step: PublishedStep }

/** What the publication read back: issue 41 closed, Teamspace confirmed in it, 1038 commented. */
export type PublishedStep = 'e2e-closed' | 'teamspace-confirmed' | 'tracker-commented'

export interface Transition {
  readonly state: GateState
  /** Why the gate stopped; absent in every other state. */
  readonly reason?: string
}

/** The milestone that a requirement completes, and the state it must complete it in. */
const milestones: Partial<Record<GateId, readonly [from: GateState, to: GateState]>> = {
  'GATE/FR-002': ['IDLE', 'BLOCKERS_VERIFIED'],
  'GATE/C-005': ['BLOCKERS_VERIFIED', 'RC_INSTALLED'],
  'GATE/FR-006': ['RC_INSTALLED', 'PREFLIGHT_CLEAN'],
  'GATE/FR-007': ['PREFLIGHT_CLEAN', 'SINGLE_RUN_PASSED'],
  'GATE/FR-008': ['SINGLE_RUN_PASSED', 'FOUR_RUN_PASSED'],
}

const published: Record<PublishedStep, readonly [from: GateState, to: GateState]> = {
  'e2e-closed': ['FOUR_RUN_PASSED', 'E2E_GATE_CLOSED'],
  'teamspace-confirmed': ['E2E_GATE_CLOSED', 'TEAMSPACE_PASSED'],
  'tracker-commented': ['TEAMSPACE_PASSED', 'GATE_COMPLETE'],
}

/** The state after an event. Defined for every state and every event; it never throws. */
export function transition(state: GateState, event: GateEvent): Transition {
  if (state === 'STOPPED' || state === 'GATE_COMPLETE') return { state }
  switch (event.type) {
    case 'stopped':
      return { state: 'STOPPED', reason: event.reason }
    case 'passed':
      return step(state, milestones[event.id], event.id)
    case 'published':
      return step(state, published[event.step], event.step)
  }
}

function step(
  state: GateState,
  milestone: readonly [from: GateState, to: GateState] | undefined,
  name: string,
): Transition {
  if (milestone === undefined) return { state }
  const [from, to] = milestone
  if (state === from) return { state: to }
  return { state: 'STOPPED', reason: `${name} came in state ${state}, expected ${from}` }
}
