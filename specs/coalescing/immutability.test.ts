import { expect } from 'vitest'
import { aStatusChange, anArtifact, anEvent } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { recount } from '../../packages/sync-engine/src/delivery/recount.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { coalesceKey } from '../../packages/sync-engine/src/journal/coalesce-key.ts'
import { readEntries } from '../../packages/sync-engine/src/journal/read.ts'
import { journalTotals } from '../../packages/sync-engine/src/journal/totals.ts'
import { spec } from '../spec.ts'

spec(
  ['SYNC/T049', 'SYNC/T047', 'SYNC/FR-011', 'SYNC/NFR-002'],
  'a coalesce attempt against a delivered event leaves its row byte for byte as it was, and marks it superseded',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer()
    const first = anArtifact('spec.md')
    capture(world.journal, [first])
    const receiver = loggedIn(server.url)
    await drain({ journal: world.journal, receiver })
    const row = (): unknown =>
      world.journal.db.prepare('SELECT *, hex(envelope) FROM events WHERE seq = 1').get()
    const before = row()
    const second = anArtifact('spec.md')
    expect(capture(world.journal, [second])[0]?.kind).toBe('captured')
    expect(row()).toEqual(before)
    expect(
      readEntries(world.journal).map(({ eventId, supersededBy }) => [eventId, supersededBy]),
    ).toEqual([
      [first.event_id, second.event_id],
      [second.event_id, undefined],
    ])
    await drain({ journal: world.journal, receiver })
    await receiver.close()
    expect(server.stored.get(first.event_id)).toEqual({ ...first, team_slug: 'private-dev' })
    expect([...server.stored.keys()]).toEqual([first.event_id, second.event_id])
  },
)

spec(
  ['SYNC/T046', 'SYNC/T050', 'SYNC/T048'],
  'of undelivered states of one artifact only the newest stays, in its own place in the order',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer()
    const other = anEvent()
    const [one, two, three] = [anArtifact('spec.md'), anArtifact('spec.md'), anArtifact('spec.md')]
    const plan = anArtifact('plan.md')
    const outcomes = capture(world.journal, [one, other, two, plan, three])
    expect(outcomes.map(({ kind }) => kind)).toEqual([
      'captured',
      'captured',
      'coalesced',
      'captured',
      'coalesced',
    ])
    expect(outcomes[4]).toMatchObject({ replaced: two.event_id })
    const receiver = loggedIn(server.url)
    const { counts } = await drain({ journal: world.journal, receiver })
    await receiver.close()
    expect([...server.stored.keys()]).toEqual([other, plan, three].map(({ event_id }) => event_id))
    expect(counts).toMatchObject({ delivered: 3, undelivered: 0 })
    expect(journalTotals(world.journal)).toMatchObject({ retained: 3, collapsed: 2 })
    expect(
      world.journal.db.prepare('SELECT event_id, by_event_id, kind FROM superseded').all(),
    ).toEqual([
      { event_id: one.event_id, by_event_id: two.event_id, kind: 'collapsed' },
      { event_id: two.event_id, by_event_id: three.event_id, kind: 'collapsed' },
    ])
    expect(recount(world.journal)).toEqual([])
  },
)

spec(
  ['SYNC/T046', 'SYNC/T047', 'SYNC/FR-011'],
  'an event that was claimed and never confirmed is not touched: it may be on the server',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer(() => ({ kind: 'reset' }))
    const first = anArtifact('spec.md')
    capture(world.journal, [first])
    const receiver = loggedIn(server.url)
    await drain({ journal: world.journal, receiver, retryPolicy: { tries: 1 } })
    await receiver.close()
    expect(capture(world.journal, [anArtifact('spec.md')])[0]?.kind).toBe('captured')
    expect(readEntries(world.journal)[0]?.eventId).toBe(first.event_id)
    expect(() => world.journal.db.exec('DELETE FROM events WHERE seq = 1')).toThrow(/stays/)
  },
)

spec(
  ['SYNC/T046', 'SYNC/T050'],
  'status changes, other missions and events that do not say what they are about never coalesce',
  () => {
    using world = temporaryJournal()
    const events = [
      aStatusChange(),
      aStatusChange(),
      anArtifact('spec.md'),
      anArtifact('spec.md', {
        payload: {
          namespace: { project_uuid: 'p', mission_slug: 'another' },
          artifact_id: { path: 'spec.md' },
        },
      }),
      anArtifact('', {}),
      anArtifact('', {}),
      anEvent({ event_type: 'MissionDossierSnapshotComputed', payload: {} }),
      anEvent({ event_type: 'MissionDossierSnapshotComputed', payload: {} }),
    ]
    expect(capture(world.journal, events).every(({ kind }) => kind === 'captured')).toBe(true)
  },
)

spec('SYNC/T046', 'the keys are those of the original, also under the flat old names', () => {
  const namespace = { project_uuid: 'p', mission_slug: 'm' }
  const artifact = (payload: object): string | undefined =>
    coalesceKey({ event_type: 'MissionDossierArtifactIndexed', payload })
  expect(artifact({ namespace, artifact_id: { path: 'spec.md' } })).toBe(
    'MissionDossierArtifactIndexed|p|m|spec.md',
  )
  expect(artifact({ project_uuid: 'p', mission_slug: 'm', relative_path: 'spec.md' })).toBe(
    'MissionDossierArtifactIndexed|p|m|spec.md',
  )
  expect(artifact({ project_uuid: 'p', mission_slug: 'm', artifact_key: 'spec' })).toBe(
    'MissionDossierArtifactIndexed|p|m|spec',
  )
  expect(
    coalesceKey({ event_type: 'MissionDossierSnapshotComputed', payload: { namespace } }),
  ).toBe('MissionDossierSnapshotComputed|p|m')
  expect(coalesceKey({ event_type: 'WPStatusChanged', payload: { namespace } })).toBeUndefined()
})

spec(['SYNC/T046', 'SYNC/T050'], 'an older state that arrives late replaces nothing', () => {
  using world = temporaryJournal()
  const newer = anArtifact('spec.md', { timestamp: '2026-05-20T11:00:00Z' })
  const older = anArtifact('spec.md', { timestamp: '2026-05-20T10:00:00Z' })
  expect(capture(world.journal, [newer, older]).map(({ kind }) => kind)).toEqual([
    'captured',
    'captured',
  ])
  expect(readEntries(world.journal)).toHaveLength(2)
})

spec(
  ['SYNC/T015', 'SYNC/T048'],
  'the seam takes any strategy, and none means no coalescing',
  () => {
    using none = temporaryJournal({ coalesce: () => undefined })
    using all = temporaryJournal({ coalesce: ({ event_type }) => event_type })
    const events = [anEvent(), anEvent(), anEvent()]
    capture(none.journal, events)
    capture(all.journal, events)
    expect(readEntries(none.journal)).toHaveLength(3)
    expect(readEntries(all.journal).map(({ eventId }) => eventId)).toEqual([events[2]!.event_id])
  },
)
