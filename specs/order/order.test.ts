import fc from 'fast-check'
import { expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { HURRIED, loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { countsFor } from '../../packages/sync-engine/src/delivery/counts.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { recount } from '../../packages/sync-engine/src/delivery/recount.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { spec } from '../spec.ts'

/** What a server says to an event before it takes it, one word for each time it is asked. */
type Trouble = 'rejected' | 'transient' | 'unheard-of'

interface Planned {
  readonly aggregate: number
  readonly troubles: readonly Trouble[]
  /** Drains before it is captured. */
  readonly isLate: boolean
}

const plan: fc.Arbitrary<Planned[]> = fc.array(
  fc.record({
    aggregate: fc.integer({ min: 1, max: 3 }),
    troubles: fc.array(fc.constantFrom<Trouble[]>('rejected', 'transient', 'unheard-of'), {
      maxLength: 3,
    }),
    isLate: fc.boolean(),
  }),
  { minLength: 1, maxLength: 14 },
)

spec(
  ['SYNC/FR-004', 'SYNC/T041', 'SYNC/NFR-003'],
  'whatever a server refuses and for how long, the events of an aggregate arrive in order and all arrive',
  async () => {
    await fc.assert(
      fc.asyncProperty(plan, fc.integer({ min: 1, max: 5 }), async (planned, batch) => {
        using world = temporaryJournal({ synchronous: 'NORMAL' })
        const { journal } = world
        const events = planned.map(({ aggregate }) => anEvent({ aggregate_id: `WP0${aggregate}` }))
        const troubles = new Map(
          events.map(({ event_id }, at) => [event_id, [...(planned[at]?.troubles ?? [])]]),
        )
        const arrived: string[] = []
        await using server = await startScriptedServer(() => ({
          kind: 'results',
          of: (id) => {
            const trouble = troubles.get(id)?.shift()
            if (trouble !== undefined) return { status: trouble }
            if (!arrived.includes(id)) arrived.push(id)
            return { status: 'success' }
          },
        }))
        server.health = { sync_ingress: { limits: { max_events_per_batch: batch } } }
        const receiver = loggedIn(server.url)
        const go = () => drain({ journal, receiver, retryPolicy: HURRIED })
        capture(
          journal,
          events.filter((_, at) => planned[at]?.isLate === false),
        )
        let report = await go()
        capture(
          journal,
          events.filter((_, at) => planned[at]?.isLate === true),
        )
        for (
          let round = 0;
          round < 60 && (round === 0 || report.counts.undelivered > 0);
          round += 1
        ) {
          report = await go()
          expect(recount(journal)).toEqual([])
        }
        expect(countsFor(journal, report.target.generationId)).toMatchObject({
          undelivered: 0,
          held: 0,
        })
        const captured = [
          ...events.filter((_, at) => planned[at]?.isLate === false),
          ...events.filter((_, at) => planned[at]?.isLate === true),
        ]
        for (const aggregate of ['WP01', 'WP02', 'WP03']) {
          const ids = captured
            .filter((event) => event.aggregate_id === aggregate)
            .map((e) => e.event_id)
          expect(arrived.filter((id) => ids.includes(id))).toEqual(ids)
        }
        await receiver.close()
      }),
      { numRuns: 25 },
    )
  },
)

spec(
  ['SYNC/FR-015', 'SYNC/T042'],
  'successors pass once their predecessor has failed for good, and other aggregates never wait',
  async () => {
    using world = temporaryJournal({ synchronous: 'NORMAL' })
    const { journal } = world
    const [first, second] = [anEvent(), anEvent()]
    const other = anEvent({ aggregate_id: 'WP02' })
    capture(journal, [first, second, other])
    await using server = await startScriptedServer(() => ({
      kind: 'results',
      of: (id) => ({ status: id === first.event_id ? 'rejected' : 'success' }),
    }))
    const receiver = loggedIn(server.url)
    const report = await drain({ journal, receiver, retryPolicy: HURRIED })
    expect(report.counts).toMatchObject({ delivered: 1, rejected: 1, held: 1 })
    for (let tries = 1; tries < 8; tries += 1)
      await drain({ journal, receiver, retryPolicy: HURRIED })
    const { counts } = await drain({ journal, receiver, retryPolicy: HURRIED })
    expect(counts).toMatchObject({ delivered: 2, 'terminal-failed': 1, held: 0 })
    await receiver.close()
  },
)
