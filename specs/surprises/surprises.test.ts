import { afterAll, expect } from 'vitest'
import { spec } from '../spec.ts'
import { playSubject } from './subjects/play.ts'
import { openSubjects } from './subjects/index.ts'

const subjects = await openSubjects()
afterAll(() => subjects[Symbol.asyncDispose]())

let tried = 0

for (const subject of subjects.all)
  spec(
    ['GATE/FR-005', 'GATE/FR-007', 'GATE/FR-008', 'GATE/FR-013', 'GATE/FR-003'],
    `a changed document is held, or means the same: ${subject.name}`,
    async () => {
      const figures = await playSubject(subject)
      expect(figures.wrong).toEqual([])
      tried += figures.tried
    },
  )

spec('GATE/FR-005', 'it is thousands of changes that are tried', () => {
  expect(tried).toBeGreaterThan(5_000)
})
