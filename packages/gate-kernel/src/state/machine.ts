import { FIRST_STATE, type Gate, STOPPED } from '../definition/gate.ts'

/**
 * The life of a gate, as one total function of its table.
 *
 * A run begins IDLE. Requirements that pass carry it forward through the states that their rows name;
 * the publication carries it on to the last one, because comments are written only when everything
 * else is proven. The first stop leads to STOPPED, which nothing leaves: resuming a run begins a new
 * history. An event that contradicts the state (a later milestone before an earlier one) also stops the
 * run: a gate that does not know its own state has proven nothing.
 */
export type GateEvent =
  | { readonly type: 'passed'; readonly id: string }
  | { readonly type: 'stopped'; readonly id: string | null; readonly reason: string }
  | { readonly type: 'published'; readonly step: string }

export interface Transition {
  readonly state: string
  /** Why the gate stopped; absent in every other state. */
  readonly reason?: string
}

/** The state after an event. Defined for every state and every event; it never throws. */
export function transition(gate: Gate, state: string, event: GateEvent): Transition {
  if (state === STOPPED || state === gate.states.at(-2)) return { state }
  switch (event.type) {
    case 'stopped':
      return { state: STOPPED, reason: event.reason }
    case 'passed':
      return step(gate, state, milestoneOf(gate, event.id), event.id)
    case 'published':
      return step(gate, state, publishedMilestoneOf(gate, event.step), event.step)
  }
}

/** The state that a requirement completes, if its row names one. */
function milestoneOf(gate: Gate, id: string): string | undefined {
  return gate.requirements.find((row) => row.id === id)?.reaches
}

function publishedMilestoneOf(gate: Gate, event: string): string | undefined {
  const milestones = gate.requirements.flatMap(({ publish }) => publish?.reaches ?? [])
  return milestones.find((one) => one.event === event)?.state
}

/** A state is reached only from the one before it. */
function step(gate: Gate, state: string, to: string | undefined, name: string): Transition {
  if (to === undefined) return { state }
  const from = gate.states[gate.states.indexOf(to) - 1] ?? FIRST_STATE
  if (state === from) return { state: to }
  return { state: STOPPED, reason: `${name} came in state ${state}, expected ${from}` }
}
