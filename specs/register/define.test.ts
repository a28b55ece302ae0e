import { expect } from 'vitest'
import { z } from 'zod'
import { defineGate } from '../../packages/gate-kernel/src/definition/gate.ts'
import { transition } from '../../packages/gate-kernel/src/state/machine.ts'
import { spec } from '../spec.ts'

interface Row {
  readonly id: string
  readonly text: string
  readonly reaches?: string
  readonly reuse?: { readonly needs: readonly string[] }
}

const one = { id: 'R/FR-1', text: 'The first holds.' }
const two = { id: 'R/FR-2', text: 'The second holds.' }

function define(...rows: readonly Row[]): ReturnType<typeof defineGate> {
  const verify = (): Promise<void> => Promise.resolve()
  const requirements = rows.map((row) => ({ ...row, verify }))
  return defineGate({ title: 'x', root: '/w', world: z.object({}), facts: {}, requirements })
}

spec('GATE/FR-001', 'the order of a gate is the order of its table', () => {
  expect(define(two, one).order).toEqual(['R/FR-2', 'R/FR-1'])
})

spec('GATE/FR-014', 'a table that names no state is complete after its last requirement', () => {
  const gate = define(one, two)
  expect(gate.states).toEqual(['IDLE', 'GATE_COMPLETE', 'STOPPED'])
  expect(transition(gate, 'IDLE', { type: 'passed', id: 'R/FR-1' })).toEqual({ state: 'IDLE' })
  expect(transition(gate, 'IDLE', { type: 'passed', id: 'R/FR-2' }).state).toBe('GATE_COMPLETE')
})

/** Tables that are wrong, and what is said about them. */
const wrong: readonly [what: string, rows: readonly Row[], says: RegExp][] = [
  ['no row', [], /at least one requirement/],
  ['an id without the name of its spec', [{ ...one, id: 'FR-1' }], /"FR-1" cannot be the id/],
  ['an id twice', [one, { ...two, id: 'R/FR-1' }], /id "r\/fr-1" appears twice/],
  ['a sentence twice', [one, { ...two, text: one.text }], /sentence .* appears twice/],
  ['an empty sentence', [{ ...one, text: ' ' }], /R\/FR-1 needs its requirement/],
  [
    'a state twice',
    [
      { ...one, reaches: 'A' },
      { ...two, reaches: 'A' },
    ],
    /state "A" appears twice/,
  ],
  ['a state of the kernel', [{ ...one, reaches: 'STOPPED' }], /state "STOPPED" appears twice/],
  ['re-use of an unknown requirement', [{ ...one, reuse: { needs: ['R/FR-9'] } }], /names R\/FR-9/],
]

for (const [what, rows, says] of wrong) {
  spec('GATE/FR-001', `a table with ${what} is refused when it is loaded`, () => {
    expect(() => define(...rows)).toThrow(says)
  })
}
