import { join } from 'node:path'
import { expect } from 'vitest'
import {
  envelopeText,
  eventId,
  GENERATIONS,
  queueRows,
  writeQueue,
} from '../../fixtures/cli/queues.ts'
import { cliWorld } from '../../fixtures/cli/world.ts'
import { canonicalJson } from '../../packages/batch-contract/src/canonical.ts'
import { journalPath } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'
import { foregroundAt, logInAt, migrateAt, rows, stateOf } from './state.ts'

const SCOPED = join('queues', 'queue-0123456789abcdef.db')
const OTHER = join('queues', 'queue-fedcba9876543210.db')

for (const generation of GENERATIONS)
  spec(
    ['SYNC/T056', 'SYNC/T063', 'SYNC/FR-013', 'SYNC/SC-006', 'BOUNDARY/FR-001', 'BOUNDARY/D-1'],
    `a database of the generation "${generation}" gives up every event, document and failure`,
    async () => {
      await using world = cliWorld()
      logInAt(world.home)
      const legacy = join(world.home, 'queue.db')
      const scoped = join(world.home, SCOPED)
      const content = (first: number, mission: string) => ({
        generation,
        events: [0, 1, 2].map((n) => ({ id: eventId(first + n), second: 100 + first + n })),
        bodies: [{ mission, path: 'spec.md' }],
        failures: [{ mission, path: 'plan.md' }],
      })
      writeQueue(legacy, content(1, 'alpha'))
      writeQueue(scoped, content(11, 'beta'))
      const report = migrateAt(world.home)
      expect(report).toMatchObject({
        imported: 6,
        conflicts: 0,
        sourceErrors: [],
        bodies: { imported: 2 },
        failureLog: { imported: 2 },
      })
      expect(report.sources.map(({ shape }) => shape)).toEqual([generation, generation])
      const active = foregroundAt(world.home).identity.queue_db_path
      expect(queueRows(legacy)).toEqual({ events: 0, bodies: 0, failures: 0 })
      expect(queueRows(scoped)).toEqual({ events: 0, bodies: 0, failures: 0 })
      expect(
        rows(active, 'SELECT mission_slug, mission_type FROM body_upload_queue ORDER BY 1'),
      ).toEqual([
        { mission_slug: 'alpha', mission_type: 'software-dev' },
        { mission_slug: 'beta', mission_type: 'software-dev' },
      ])
      expect(rows(active, 'SELECT failure_count FROM body_upload_failure_log')).toHaveLength(2)
    },
  )

spec(
  ['SYNC/T061', 'SYNC/FR-013'],
  'ids and content stay as they were queued, in the order in which they were queued',
  async () => {
    await using world = cliWorld()
    const order = [5, 3, 4, 1, 2]
    const events = order.map((n, at) => ({
      id: eventId(n),
      second: 100 + Math.floor(at / 2),
      note: `n${n} "ü"`,
    }))
    writeQueue(join(world.home, 'queue.db'), { events })
    migrateAt(world.home)
    const stored = rows(
      journalPath(world.home),
      'SELECT event_id, envelope FROM events ORDER BY seq',
    ) as {
      event_id: string
      envelope: string
    }[]
    expect(stored.map((row) => row.event_id)).toEqual(order.map(eventId))
    stored.forEach((row, at) => {
      const queued = JSON.parse(envelopeText(events[at]!)) as Record<string, unknown>
      delete queued['drain_blocked_reason']
      expect(canonicalJson(row.envelope)).toBe(canonicalJson(JSON.stringify(queued)))
    })
  },
)

spec(
  ['SYNC/T059', 'SYNC/SC-011'],
  'an event that lies in two databases with the same content is imported once and names both sources',
  async () => {
    await using world = cliWorld()
    const event = { id: eventId(1), second: 100 }
    writeQueue(join(world.home, 'queue.db'), { events: [event] })
    const compact = JSON.stringify(JSON.parse(envelopeText(event)))
    writeQueue(join(world.home, SCOPED), { events: [{ ...event, data: compact }] })
    expect(migrateAt(world.home)).toMatchObject({ imported: 1, deduplicated: 1, conflicts: 0 })
    expect(rows(journalPath(world.home), 'SELECT source FROM provenance ORDER BY 1')).toEqual([
      { source: '0123456789abcdef' },
      { source: 'legacy' },
    ])
    expect(queueRows(join(world.home, SCOPED)).events).toBe(0)
  },
)

spec(
  ['SYNC/T059', 'SYNC/FR-018'],
  'content is compared, not bytes: other spaces and another order of keys are no divergence',
  async () => {
    await using world = cliWorld()
    const event = { id: eventId(1), second: 100 }
    const spaced = envelopeText(event).replace('"team_slug": null', '"team_slug": "team"')
    const reversed = Object.entries(JSON.parse(spaced) as object).reverse()
    writeQueue(join(world.home, 'queue.db'), { events: [{ ...event, data: spaced }] })
    writeQueue(join(world.home, SCOPED), {
      events: [{ ...event, data: JSON.stringify(Object.fromEntries(reversed)) }],
    })
    expect(migrateAt(world.home)).toMatchObject({ imported: 1, deduplicated: 1, conflicts: 0 })
  },
)

spec(
  ['SYNC/T060', 'SYNC/FR-018', 'SYNC/SC-011'],
  'a divergent duplicate keeps both payloads, leaves its source untouched and ends with exit 1',
  async () => {
    await using world = cliWorld()
    writeQueue(join(world.home, 'queue.db'), {
      events: [{ id: eventId(1), second: 1, note: 'first' }],
    })
    const divergent = { id: eventId(1), second: 2, note: 'second' }
    writeQueue(join(world.home, SCOPED), { events: [divergent, { id: eventId(2), second: 3 }] })
    const finished = await world.call('sync migrate --json')
    expect(finished.code).toBe(1)
    expect(finished.json).toMatchObject({ imported: 2, conflicts: 1 })
    expect(queueRows(join(world.home, SCOPED)).events).toBe(2)
    const journal = journalPath(world.home)
    expect(
      rows(journal, `SELECT envelope ->> '$.payload.reason' AS r FROM events ORDER BY seq`),
    ).toEqual([{ r: 'first' }, { r: '' }])
    expect(rows(journal, `SELECT incoming ->> '$.payload.reason' AS r FROM conflicts`)).toEqual([
      { r: 'second' },
    ])
    expect((await world.call('sync migrate --json')).json).toMatchObject({
      imported: 0,
      conflicts: 1,
    })
  },
)

spec(
  ['SYNC/T057', 'BOUNDARY/SC-2'],
  'a digest of no known login stays unknown, and its rows are taken all the same',
  async () => {
    await using world = cliWorld()
    logInAt(world.home)
    writeQueue(join(world.home, OTHER), {
      events: [{ id: eventId(1), second: 1 }],
      bodies: [{ mission: 'm', path: 'spec.md' }],
    })
    const report = migrateAt(world.home)
    expect(report.sources).toMatchObject([
      { digest: 'fedcba9876543210', scope: 'unknown', state: 'migrated' },
    ])
    expect(report.bodies.imported).toBe(1)
    expect(rows(journalPath(world.home), 'SELECT * FROM targets')).toEqual([])
  },
)

spec(
  ['BOUNDARY/FR-002', 'SYNC/T058', 'SYNC/NFR-005'],
  'a second run finds nothing to do and changes nothing',
  async () => {
    await using world = cliWorld()
    logInAt(world.home)
    writeQueue(join(world.home, 'queue.db'), {
      generation: 'feature-columns',
      events: [{ id: eventId(1), second: 1 }],
      bodies: [{ mission: 'm', path: 'spec.md' }],
      failures: [{ mission: 'm', path: 'spec.md' }],
    })
    migrateAt(world.home)
    const before = stateOf(world.home)
    expect(migrateAt(world.home)).toMatchObject({
      imported: 0,
      deduplicated: 0,
      bodies: { imported: 0 },
    })
    expect(stateOf(world.home)).toEqual(before)
  },
)
