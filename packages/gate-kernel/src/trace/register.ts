import type { Gate } from '../definition/gate.ts'

/** A requirement that tests may name: one of a gate, or one of another spec of the same checkout. */
export interface RegisteredRequirement {
  /** With the name of its spec: `GATE/FR-001`. */
  readonly id: string
  readonly text: string
  /** `partial`: advisory by the spec itself. `deferred`: put off by the spec, so it needs no test. */
  readonly status?: 'required' | 'partial' | 'deferred'
}

export type Register = readonly RegisteredRequirement[]

/** The requirements of a gate as entries of a register. */
export function registerOf(gate: Gate): Register {
  return gate.requirements.map(({ id, text }) => ({ id, text }))
}

/** Looks entries up by id. */
export function findIn(register: Register): (id: string) => RegisteredRequirement | undefined {
  const byId = new Map(register.map((entry) => [entry.id, entry]))
  return (id) => byId.get(id)
}
