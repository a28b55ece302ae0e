import fc from 'fast-check'
import { expect } from 'vitest'
import { gate, type GateId } from '../../gate/gate.ts'
import { type GateEvent, transition } from '../../packages/gate-kernel/src/state/machine.ts'
import { spec } from '../spec.ts'

const gateStates = gate.states
const publishedSteps = ['e2e-closed', 'teamspace-confirmed', 'tracker-commented'] as const
const anyId = fc.constantFrom<GateId>(...gate.order)
const anyEvent: fc.Arbitrary<GateEvent> = fc.oneof(
  anyId.map((id) => ({ type: 'passed' as const, id })),
  fc.record({ type: fc.constant('stopped' as const), id: anyId, reason: fc.string() }),
  fc.constantFrom(...publishedSteps).map((step) => ({ type: 'published' as const, step })),
)

const passes = gate.order.map((id): GateEvent => ({ type: 'passed', id }))
const publishes = publishedSteps.map((step): GateEvent => ({ type: 'published', step }))

function walk(events: readonly GateEvent[]): string[] {
  const visited: string[] = ['IDLE']
  for (const event of events) {
    const next = transition(gate, visited.at(-1) ?? 'IDLE', event).state
    if (next !== visited.at(-1)) visited.push(next)
  }
  return visited
}

spec(
  'GATE/FR-014',
  'a run in which everything passes walks through every state but STOPPED',
  () => {
    expect(walk([...passes, ...publishes])).toEqual(gateStates.slice(0, -1))
  },
)

spec('GATE/FR-001', 'the function is total: any event in any state leads to a state', () => {
  fc.assert(
    fc.property(fc.constantFrom(...gateStates), anyEvent, (state, event) => {
      expect(gateStates).toContain(transition(gate, state, event).state)
    }),
  )
})

spec('GATE/FR-007', 'nothing leaves STOPPED or GATE_COMPLETE', () => {
  fc.assert(
    fc.property(fc.constantFrom('STOPPED', 'GATE_COMPLETE'), anyEvent, (state, event) => {
      expect(transition(gate, state, event)).toEqual({ state })
    }),
  )
})

spec('GATE/FR-007', 'a stop leads to STOPPED with its reason from every other state', () => {
  for (const state of gateStates.slice(0, 8)) {
    expect(transition(gate, state, { type: 'stopped', id: 'GATE/FR-007', reason: 'why' })).toEqual({
      state: 'STOPPED',
      reason: 'why',
    })
  }
})

spec(['GATE/FR-011', 'GATE/FR-014'], 'GATE_COMPLETE is reached only past every milestone', () => {
  const milestones = gateStates.slice(0, -1)
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
      const visited = walk(events)
      const last = visited.at(-1)
      if (last !== 'STOPPED') expect(visited).toEqual(milestones.slice(0, visited.length))
      else expect(visited.slice(0, -1)).toEqual(milestones.slice(0, visited.length - 1))
    }),
    { numRuns: 500 },
  )
})

spec('GATE/FR-008', 'a milestone out of turn stops the gate and says what was expected', () => {
  const { state, reason } = transition(gate, 'IDLE', { type: 'passed', id: 'GATE/FR-008' })
  expect(state).toBe('STOPPED')
  expect(reason).toContain('expected SINGLE_RUN_PASSED')
})
