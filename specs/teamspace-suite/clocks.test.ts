import { expect } from 'vitest'
import { summariesOf } from '../../packages/phase4-gate/src/teamspace/log.ts'
import { readingsOf } from '../../packages/phase4-gate/src/teamspace/requirements.ts'
import { spec } from '../spec.ts'

/** What a report says, the zone of the machine, and moments that it may mean. */
const stated: readonly (readonly [zone: string, text: string, moments: readonly string[]])[] = [
  ['America/New_York', '2026-11-01T01:30:00.123', ['05:30:00.123Z', '06:30:00.123Z']],
  ['Europe/Berlin', '2026-10-25T02:10:00', ['00:10:00.000Z', '01:10:00.000Z']],
  ['Australia/Lord_Howe', '2026-04-05T01:45:00', ['14:45:00.000Z', '15:15:00.000Z']],
  ['Asia/Kathmandu', '2026-11-01T01:30:00', ['19:45:00.000Z']],
]

for (const [zone, text, moments] of stated)
  spec('GATE/NFR-005', `a report is of its own run in ${zone}, whenever that is`, () => {
    const before = process.env['TZ']
    process.env['TZ'] = zone
    try {
      const found = readingsOf(text).map((ms) => new Date(ms).toISOString().slice(11))
      expect(found).toEqual(expect.arrayContaining([...moments]))
      expect(found).toContain(`${text.slice(11).padEnd(12, '.000').slice(0, 12)}Z`)
      expect(readingsOf(`${text}+05:45`)).toEqual([Date.parse(`${text}+05:45`)])
      expect(readingsOf(`${text} local`)).toEqual([])
    } finally {
      if (before === undefined) delete process.env['TZ']
      else process.env['TZ'] = before
    }
  })

spec('GATE/FR-013', 'a line that counts warnings alone is not the summary of a suite', () => {
  expect(summariesOf('2 warnings\n1 rerun\n3 deselected')).toEqual([])
  expect(summariesOf('5 passed, 2 warnings')).toHaveLength(1)
  expect(summariesOf('=== 3 deselected in 0.01s ===\n3 deselected in 0.01s')).toHaveLength(2)
})
