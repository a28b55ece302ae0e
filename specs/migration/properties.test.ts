import fc from 'fast-check'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { envelopeText, eventId, writeQueue, type QueuedEvent } from '../../fixtures/cli/queues.ts'
import { temporaryFolder } from '../../fixtures/cli/world.ts'
import { canonicalJson } from '../../packages/batch-contract/src/canonical.ts'
import { journalPath } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'
import { migrateAt, rows, snapshot, stateOf, withoutReserve } from './state.ts'

/** Few ids and few notes, so that identical and divergent duplicates are frequent. */
const queued = fc.record({
  id: fc.integer({ min: 1, max: 12 }).map(eventId),
  note: fc.constantFrom('', 'a', 'b'),
  second: fc.integer({ min: 1, max: 5 }),
})
const source = fc.uniqueArray(queued, { selector: ({ id }) => id, maxLength: 8 })
const sources = fc.array(source, { minLength: 1, maxLength: 4 })

function inHome<T>(
  content: readonly (readonly QueuedEvent[])[],
  body: (home: string, folder: string) => T,
): T {
  const folder = temporaryFolder('migration-property-')
  const home = join(folder, 'home')
  mkdirSync(home, { mode: 0o700 })
  withoutReserve(home)
  try {
    content.forEach((events, at) => {
      const name = at === 0 ? 'queue.db' : join('queues', `queue-${String(at).repeat(16)}.db`)
      writeQueue(join(home, name), { events })
    })
    return body(home, folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const RUNS = { numRuns: 60 }

spec(
  ['SYNC/T058', 'BOUNDARY/FR-002'],
  'whatever lies in the sources and wherever runs are killed, the end is the same',
  () => {
    fc.assert(
      fc.property(sources, fc.array(fc.nat({ max: 60 }), { maxLength: 3 }), (content, kills) =>
        inHome(content, (home, folder) => {
          const disturbed = join(folder, 'disturbed')
          cpSync(home, disturbed, { recursive: true })
          migrateAt(home)
          let current = disturbed
          kills.forEach((at, index) => {
            const killed = join(folder, `killed-${index}`)
            let count = 0
            migrateAt(current, () => {
              count += 1
              if (count === at) snapshot(current, killed)
            })
            if (at >= 1 && at <= count) current = killed
          })
          migrateAt(current)
          expect(stateOf(current)).toEqual(stateOf(home))
        }),
      ),
      RUNS,
    )
  },
)

spec(
  ['SYNC/T059', 'SYNC/T060', 'SYNC/T061', 'SYNC/SC-006'],
  'no payload of any source is lost, and the order within a source is kept',
  () => {
    fc.assert(
      fc.property(sources, (content) =>
        inHome(content, (home) => {
          migrateAt(home)
          const journal = journalPath(home)
          const events = rows(
            journal,
            'SELECT event_id, envelope AS text FROM events ORDER BY seq',
          ) as Row[]
          const aside = rows(journal, 'SELECT event_id, incoming AS text FROM conflicts') as Row[]
          const kept = new Set([...events, ...aside].map(({ text }) => canonicalJson(text)))
          for (const event of content.flat()) expect(kept).toContain(contentOf(event))
          expect(kept.size).toBe(new Set(content.flat().map(contentOf)).size)
          const firstSource = content[0] ?? []
          const order = [...firstSource].sort((a, b) => a.second - b.second).map(({ id }) => id)
          expect(events.slice(0, order.length).map((row) => row.event_id)).toEqual(order)
        }),
      ),
      RUNS,
    )
  },
)

interface Row {
  readonly event_id: string
  readonly text: string
}

/** The content of a queued event without what is local book-keeping. */
function contentOf(event: QueuedEvent): string {
  const envelope = JSON.parse(envelopeText(event)) as Record<string, unknown>
  delete envelope['drain_blocked_reason']
  return canonicalJson(JSON.stringify(envelope))
}
