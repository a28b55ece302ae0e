import fc from 'fast-check'
import { expect } from 'vitest'
import type { FaultEffect } from '../../fixtures/http/faults.ts'
import { spec } from '../spec.ts'
import { event, type Line, moved, openLine } from './calling.ts'

const BATCH = 'POST /api/v1/events/batch/'

/** What may go wrong with one delivery. */
const trouble = fc.constantFrom<FaultEffect>(
  { kind: 'slow' },
  { kind: 'reset' },
  { kind: 'drop-reply' },
  { kind: 'answer', status: 503 },
  { kind: 'answer-after', status: 502 },
)

/** Which of the five events each delivery carries, with its trouble. */
const deliveries = fc.array(
  fc.record({ picks: fc.subarray([0, 1, 2, 3, 4], { minLength: 1 }), trouble }),
  { minLength: 1, maxLength: 8 },
)

spec(
  ['SYNC/NFR-003', 'GATE/FR-013'],
  'whatever is lost and repeated, each event counts once and the mission ends the same',
  async () => {
    await fc.assert(
      fc.asyncProperty(deliveries, async (schedule) => {
        await using line = await openLine({
          faults: schedule.map(({ trouble: effect }, index) => ({
            route: BATCH,
            nth: [index + 1],
            effect,
          })),
        })
        await line.login()
        const events = story()
        for (const { picks } of schedule)
          await deliver(
            line,
            picks.map((index) => events[index]),
          )
        await deliver(line, events)
        expect(line.service.events.size).toBe(events.length)
        const mission = await line.get('/api/v1/missions/demo/')
        expect(mission.body).toMatchObject({
          created: true,
          event_count: 5,
          work_packages: { WP01: { lane: 'planned', history: HISTORY } },
        })
      }),
      { numRuns: 25 },
    )
  },
)

const LANES = ['planned', 'claimed', 'in_progress', 'in_review', 'planned'] as const
const HISTORY = LANES.slice(1).map((lane, index) => `${LANES[index]} -> ${lane}`)

/** A mission and the four moves of its package; the last one takes back, by force and with a reason. */
function story(): Record<string, unknown>[] {
  const moves = LANES.slice(1).map((lane, index) => ({
    ...moved(LANES[index]!, lane, { force: true, reason: 'because' }),
    lamport_clock: index + 2,
  }))
  return [event(), ...moves]
}

/** A lost reply says nothing; the sender goes on. */
async function deliver(line: Line, events: readonly unknown[]): Promise<void> {
  await line.batch(events).catch(() => undefined)
}
