import { expect } from 'vitest'
import { spec } from '../spec.ts'
import { crashRun } from './crash-run.ts'

spec(
  [
    'SYNC/NFR-002',
    'SYNC/NFR-003',
    'SYNC/T014',
    'SYNC/T041',
    'SYNC/FR-001',
    'SYNC/FR-011',
    'SYNC/C-005',
  ],
  'a process killed at step boundaries and at random moments loses nothing, alters nothing, and every event is stored once at each target',
  async () => {
    const figures = await crashRun({ kills: 24, seed: 20_260_520 })
    expect(figures).toMatchObject({
      missing: 0,
      altered: 0,
      undelivered: 0,
      sentAfterCollapse: 0,
      problems: [],
    })
    expect(figures.captured).toBeGreaterThan(40)
    expect(figures.deliveries).toBeGreaterThan(40)
  },
)
