import { expect } from 'vitest'
import { writesOf } from '../../packages/gate-kernel/src/finish/writes.ts'
import { spec } from '../spec.ts'
import { releasedEvidence, stoppedEvidence } from './evidences.ts'

const at = '2026-05-20T08:00:00.000Z'
const url = 'https://github.example/1141#c1'

spec('GATE/FR-007', 'a blocker that a stopped run re-opened is shown as written', () => {
  const writes = [
    { what: 'reopen', issue: 1141, text: null, url, sentAt: at, outcome: 'confirmed' } as const,
    { what: 'comment', issue: 1141, text: 'x', url: null, sentAt: at, outcome: 'unknown' } as const,
  ]
  expect(writesOf({ ...stoppedEvidence(), writes })).toEqual([
    { what: 'reopen on issue 1141', url, at },
    { what: 'comment on issue 1141, without a confirmation', url: null, at },
  ])
})

spec(
  'GATE/FR-011',
  'a gate that writes without the client shows the record of its publication',
  () => {
    const evidence = releasedEvidence()
    const steps = { post: { state: 'done', url, at }, next: { state: 'begun' } }
    const publication = { ...evidence.publication, record: { steps } }
    expect(writesOf({ ...evidence, writes: [], publication })).toEqual([{ what: 'post', url, at }])
  },
)
