import { expect } from 'vitest'
import { spec } from '../spec.ts'
import { playAll } from './play.ts'

spec(
  ['GATE/FR-005', 'GATE/FR-007', 'GATE/FR-008', 'GATE/FR-013', 'GATE/FR-003'],
  'thousands of changed documents are held; those that are not mean the same',
  async () => {
    const figures = await playAll()
    expect(
      figures.flatMap(({ subject, wrong }) => wrong.map((one) => `${subject}: ${one}`)),
    ).toEqual([])
    expect(figures.reduce((sum, { tried }) => sum + tried, 0)).toBeGreaterThan(5_000)
  },
)
