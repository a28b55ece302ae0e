import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect } from 'vitest'
import { aStatusChange, anArtifact, anEvent, someEvents } from '../../fixtures/engine/events.ts'
import { temporaryHome, temporaryJournal } from '../../fixtures/engine/home.ts'
import { loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { blockedCounts } from '../../packages/sync-engine/src/journal/blocked.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { openJournal, readJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import {
  findEvent,
  listQuarantined,
  readEntries,
} from '../../packages/sync-engine/src/journal/read.ts'
import { journalTotals } from '../../packages/sync-engine/src/journal/totals.ts'
import { spec } from '../spec.ts'

spec(
  ['SYNC/T013', 'SYNC/SC-002'],
  'the whole envelope is stored and reads back as it was captured',
  () => {
    using world = temporaryJournal()
    const event = aStatusChange({
      team_slug: 'their-team',
      payload: { ...aStatusChange().payload, reason: 'Ünïcode "quoted"' },
    })
    expect(capture(world.journal, [event])).toEqual([
      { kind: 'captured', seq: 1, eventId: event.event_id },
    ])
    const stored = findEvent(world.journal, event.event_id)
    expect(JSON.parse(stored?.envelope ?? '')).toEqual(event)
    expect(stored).toMatchObject({
      eventType: 'WPStatusChanged',
      occurredAt: event.timestamp,
      capturedAtMs: world.journal.now(),
      producer: event.project_uuid,
      sizeBytes: Buffer.byteLength(JSON.stringify(event)),
    })
  },
)

spec(
  ['SYNC/T014', 'SYNC/C-005'],
  'the order of capture is the order of the journal, whatever the clocks of the events say',
  () => {
    using world = temporaryJournal()
    const events = someEvents(50).map((event, index) => ({
      ...event,
      timestamp: `2026-05-20T10:00:${String(59 - index).padStart(2, '0')}Z`,
    }))
    for (const event of events) capture(world.journal, [event])
    expect(readEntries(world.journal).map(({ eventId }) => eventId)).toEqual(
      events.map(({ event_id }) => event_id),
    )
    expect(readEntries(world.journal, { newest: true, limit: 1 })[0]?.eventId).toBe(
      events.at(-1)?.event_id,
    )
  },
)

spec(
  ['SYNC/T014', 'SYNC/FR-010'],
  'the database itself refuses to change or delete a captured event',
  () => {
    using world = temporaryJournal()
    capture(world.journal, someEvents(2))
    const { db } = world.journal
    for (const sql of [
      "UPDATE events SET envelope = '{}'",
      "UPDATE events SET event_id = 'x'",
      'UPDATE events SET seq = seq + 10',
      "UPDATE events SET event_type = 'x', producer = 'y'",
      "UPDATE events SET envelope = NULL, removed_at_ms = 1, removed_sha = 'x'",
      'DELETE FROM events WHERE seq = 1',
      'DELETE FROM events',
    ])
      expect(() => db.exec(sql), sql).toThrow(/never changes|stays/)
    expect(journalTotals(world.journal).retained).toBe(2)
  },
)

spec(
  ['SYNC/T014', 'SYNC/C-005', 'SYNC/NFR-003'],
  'the same event again is known, in whatever spelling, and is not stored twice',
  () => {
    using world = temporaryJournal()
    const event = anEvent()
    capture(world.journal, [event])
    const respelled = Object.fromEntries(Object.entries(event).reverse())
    expect(capture(world.journal, [event, respelled]).map(({ kind }) => kind)).toEqual([
      'already-captured',
      'already-captured',
    ])
    expect(journalTotals(world.journal).retained).toBe(1)
  },
)

spec(
  ['SYNC/FR-018', 'SYNC/C-005'],
  'a known id with other content is kept aside and the first content stays',
  () => {
    using world = temporaryJournal()
    const event = anEvent()
    capture(world.journal, [event])
    const [outcome] = capture(world.journal, [{ ...event, lamport_clock: 99 }])
    expect(outcome).toMatchObject({ kind: 'divergent', eventId: event.event_id })
    expect(JSON.parse(findEvent(world.journal, event.event_id)?.envelope ?? '')).toEqual(event)
    const kept = world.journal.db
      .prepare('SELECT event_id, source, incoming FROM conflicts')
      .get() as Record<string, string>
    expect(JSON.parse(kept['incoming'] ?? '')).toEqual({ ...event, lamport_clock: 99 })
    expect(journalTotals(world.journal).openConflicts).toBe(1)
  },
)

spec(
  ['SYNC/T013', 'SYNC/T018'],
  'an invalid event is refused loudly, kept in quarantine, and stops none beside it',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer()
    const incomplete = { ...anEvent(), build_id: undefined }
    const good = anEvent()
    const outcomes = capture(world.journal, [incomplete, good, 'no event at all', { huge: 1n }])
    expect(outcomes.map(({ kind }) => kind)).toEqual([
      'quarantined',
      'captured',
      'quarantined',
      'quarantined',
    ])
    expect(outcomes[0]).toMatchObject({ problems: ['build_id must be a non-empty text'] })
    const [, , first] = listQuarantined(world.journal)
    expect(JSON.parse(first?.received ?? '')).toEqual(JSON.parse(JSON.stringify(incomplete)))
    const receiver = loggedIn(server.url)
    await drain({ journal: world.journal, receiver })
    await receiver.close()
    expect([...server.stored.keys()]).toEqual([good.event_id])
  },
)

spec(['SYNC/FR-003', 'SYNC/T019'], 'every event is a row of its own when nothing coalesces', () => {
  using world = temporaryJournal({ coalesce: () => undefined })
  capture(world.journal, [
    anArtifact('spec.md'),
    anArtifact('spec.md'),
    aStatusChange(),
    aStatusChange(),
  ])
  expect(journalTotals(world.journal)).toMatchObject({ retained: 4, collapsed: 0 })
})

spec(
  ['SYNC/T016', 'SYNC/T017', 'SYNC/T019', 'SYNC/FR-017', 'SYNC/SC-009'],
  'what is captured with sync off and nobody logged in is durable, carries the reason, and is delivered after the login',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer()
    const events = someEvents(3)
    capture(world.journal, events.slice(0, 2), { blocked: 'saas_disabled' })
    capture(world.journal, events.slice(2), { blocked: 'missing_auth' })
    const off = loggedIn(server.url, { enabled: false })
    const loggedOut = loggedIn(server.url, { access: () => Promise.resolve(undefined) })
    expect((await drain({ journal: world.journal, receiver: off })).stop).toMatchObject({
      kind: 'blocked',
      reason: 'saas_disabled',
    })
    expect((await drain({ journal: world.journal, receiver: loggedOut })).stop).toMatchObject({
      kind: 'blocked',
      reason: 'missing_auth',
    })
    expect(server.batches).toEqual([])
    expect(
      blockedCounts(world.journal).map(({ reason, events: count }) => [reason, count]),
    ).toEqual([
      ['missing_auth', 1],
      ['saas_disabled', 2],
    ])
    expect(findEvent(world.journal, events[0]!.event_id)?.blockedReason).toBe('saas_disabled')

    const receiver = loggedIn(server.url)
    const report = await drain({ journal: world.journal, receiver })
    expect(report.counts).toMatchObject({ delivered: 3, undelivered: 0 })
    expect([...server.stored.keys()]).toEqual(events.map(({ event_id }) => event_id))
    expect(blockedCounts(world.journal)).toEqual([])
    const audit = world.journal.db
      .prepare('SELECT reason, events FROM block_audit ORDER BY reason')
      .all()
    expect(audit).toEqual([
      { reason: 'missing_auth', events: 1 },
      { reason: 'saas_disabled', events: 2 },
    ])
    await receiver.close()
  },
)

spec(
  ['SYNC/T014', 'SYNC/FR-017'],
  'a login or a log-out between captures strands nothing: one journal holds all producers',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer()
    const other = '00000000-0000-4000-8000-000000000001'
    capture(world.journal, [
      anEvent(),
      anEvent({ project_uuid: other }),
      anEvent({ team_slug: 'their-team' }),
    ])
    const receiver = loggedIn(server.url)
    await drain({ journal: world.journal, receiver })
    await receiver.close()
    const teams = [...server.stored.values()].map((event) => event['team_slug'])
    expect(teams).toEqual(['private-dev', 'private-dev', 'their-team'])
    expect(new Set(readEntries(world.journal).map(({ producer }) => producer)).size).toBe(2)
  },
)

spec('SYNC/T017', 'the reason is local book-keeping: it is never sent', async () => {
  using world = temporaryJournal()
  await using server = await startScriptedServer()
  capture(world.journal, [anEvent({ drain_blocked_reason: 'no_auth' })], {
    blocked: 'missing_auth',
  })
  const receiver = loggedIn(server.url)
  await drain({ journal: world.journal, receiver })
  await receiver.close()
  expect([...server.stored.values()][0]).not.toHaveProperty('drain_blocked_reason')
})

spec('SYNC/T014', 'the file and its folder are private', () => {
  using folder = temporaryHome()
  const journal = openJournal({ home: folder.home })
  expect(statSync(journal.path).mode & 0o777).toBe(0o600)
  expect(statSync(dirname(journal.path)).mode & 0o777).toBe(0o700)
  journal.close()
})

spec(
  ['SYNC/T014', 'SYNC/FR-009'],
  'reading a home that never captured creates nothing and reads as empty',
  () => {
    using folder = temporaryHome()
    const journal = readJournal({ home: folder.home })
    expect(journalTotals(journal)).toMatchObject({
      retained: 0,
      retainedBytes: 0,
      oldestRetainedAt: undefined,
    })
    expect(() => statSync(journal.path)).toThrow(/ENOENT/)
    journal.close()
  },
)

spec('SYNC/T014', 'captures reach the disk before they return, results of a drain need not', () => {
  using world = temporaryJournal()
  expect(world.journal.db.pragma('synchronous', { simple: true })).toBe(2)
  expect(world.journal.results().pragma('synchronous', { simple: true })).toBe(1)
})
