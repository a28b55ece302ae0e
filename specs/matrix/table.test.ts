import { expect } from 'vitest'
import { gate, type GateId } from '../../gate/gate.ts'
import { spec } from '../spec.ts'
import { renderFigures } from './render.ts'
import { sideBySide } from './side-by-side.ts'
import { worlds } from './worlds.ts'

spec('GATE/FR-007', 'every world of the matrix has a name of its own and is plain data', () => {
  expect(new Set(worlds.map(({ name }) => name)).size).toBe(worlds.length)
  expect(JSON.parse(JSON.stringify(worlds))).toStrictEqual(worlds)
})

spec('GATE/FR-007', 'the matrix has at least sixty worlds, in the order of the gate', () => {
  const stops = worlds.flatMap((world) =>
    'stopsAt' in world ? [gate.order.indexOf(world.stopsAt)] : [],
  )
  expect(worlds.length).toBeGreaterThanOrEqual(60)
  expect(new Set(stops).size).toBeGreaterThanOrEqual(15)
})

/**
 * Requirements at which no world can stop first, because an earlier one asks the same question; each
 * with the world that breaks it all the same. They stay in the gate: the earlier one may change.
 */
const shadowed: Partial<Record<GateId, { readonly by: GateId; readonly world: string }>> = {
  'GATE/C-001': { by: 'GATE/FR-003', world: 'only the final 3.2.0 is new' },
  'GATE/C-005': { by: 'GATE/FR-003', world: 'rc16 was tagged before the baseline' },
  'GATE/C-007': { by: 'GATE/FR-015', world: 'the tracker was closed by somebody' },
}

spec('GATE/FR-007', 'every requirement of the gate has a world that breaks it', () => {
  const stopping = worlds.flatMap((world) => ('stopsAt' in world ? [world] : []))
  for (const id of gate.order) {
    const shadow = shadowed[id]
    const breaks = stopping.filter(({ name, stopsAt }) =>
      shadow === undefined ? stopsAt === id : stopsAt === shadow.by && name === shadow.world,
    )
    expect(
      breaks.map(({ name }) => name),
      id,
    ).not.toEqual([])
    if (shadow !== undefined) {
      expect(gate.order.indexOf(shadow.by)).toBeLessThan(gate.order.indexOf(id))
      expect(breaks[0]?.covers).toContain(id.replace('GATE/', ''))
    }
  }
})

spec(
  'GATE/FR-007',
  'worlds are played side by side, results stand in the order of the rows',
  async () => {
    let running = 0
    let most = 0
    const results = await sideBySide([30, 1, 20, 2], 2, async (delayMs) => {
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setTimeout(resolve, delayMs))
      running -= 1
      return delayMs
    })
    expect([results, most]).toStrictEqual([[30, 1, 20, 2], 2])
  },
)

spec('GATE/FR-007', 'the figures name what differed', () => {
  const row = {
    name: 'a | b',
    covers: 'c',
    faults: { installer: 'fails' },
    releases: true,
  } as const
  const text = renderFigures([{ row, seconds: 2.25, problems: ['one', 'two'] }], 1, new Date(0))
  expect(text).toContain('| Broken worlds as they should be | 0 of 1 |')
  expect(text).toContain('| a \\| b | c | *releases* | 2.3 | one; two |')
})
