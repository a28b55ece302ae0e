import fc from 'fast-check'
import { expect } from 'vitest'
import {
  isDelivered,
  isOpen,
  LEDGER_STATUSES,
  MAX_REJECTIONS,
  retryDelayMs,
  transition,
  type LedgerStatus,
} from '../../packages/sync-engine/src/delivery/transition.ts'
import { type Verdict } from '../../packages/sync-engine/src/receivers/event-result.ts'
import { spec } from '../spec.ts'

const VERDICTS: readonly Verdict[] = [
  'success',
  'duplicate',
  'pending',
  'rejected',
  'transient',
  'failed-permanent',
]
const STATES: readonly (LedgerStatus | undefined)[] = [undefined, ...LEDGER_STATUSES]
const arbitrary = { state: fc.constantFrom(...STATES), verdict: fc.constantFrom(...VERDICTS) }

spec(
  ['SYNC/T027', 'SYNC/T028', 'SYNC/T029', 'SYNC/NFR-002'],
  'an event that was not delivered takes the state that its verdict names',
  () => {
    for (const state of STATES.filter((one) => !isDelivered(one)))
      expect(VERDICTS.map((verdict) => transition(state, verdict, 1))).toEqual([
        'success',
        'duplicate',
        'pending',
        'rejected',
        'transient',
        'terminal-failed',
      ])
  },
)

spec(
  ['SYNC/T032', 'SYNC/NFR-003'],
  'delivered stays delivered, whatever a repeated POST brings',
  () => {
    fc.assert(
      fc.property(
        fc.constantFrom<LedgerStatus>('success', 'duplicate'),
        fc.array(arbitrary.verdict),
        (first, verdicts) => {
          expect(
            verdicts.reduce<LedgerStatus>(
              (state, verdict, index) => transition(state, verdict, index + 2),
              first,
            ),
          ).toBe(first)
        },
      ),
    )
  },
)

spec(
  ['SYNC/T032', 'SYNC/FR-015'],
  'only rejections count against an event, and enough of them end its retries',
  () => {
    expect(transition('rejected', 'rejected', MAX_REJECTIONS - 1)).toBe('rejected')
    expect(transition('rejected', 'rejected', MAX_REJECTIONS)).toBe('terminal-failed')
    for (const verdict of ['pending', 'transient'] as const)
      expect(isOpen(transition(verdict, verdict, 1_000))).toBe(true)
  },
)

spec('SYNC/T032', 'every state and verdict has exactly one next state', () => {
  fc.assert(
    fc.property(
      arbitrary.state,
      arbitrary.verdict,
      fc.integer({ min: 1, max: 1_000 }),
      (state, verdict, attempts) => {
        expect(LEDGER_STATUSES).toContain(transition(state, verdict, attempts))
      },
    ),
  )
})

spec('SYNC/T028', 'waits double from seconds to an hour and never leave that range', () => {
  expect([1, 2, 3].map(retryDelayMs)).toEqual([5_000, 10_000, 20_000])
  fc.assert(
    fc.property(fc.integer({ min: 1 }), (attempts) => {
      expect(retryDelayMs(attempts)).toBeGreaterThanOrEqual(5_000)
      expect(retryDelayMs(attempts)).toBeLessThanOrEqual(3_600_000)
    }),
  )
})
