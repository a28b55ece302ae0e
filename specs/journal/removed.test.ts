import { expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { contentHash } from '../../packages/sync-engine/src/base/digest.ts'
import { recount } from '../../packages/sync-engine/src/delivery/recount.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { journalTotals } from '../../packages/sync-engine/src/journal/totals.ts'
import { spec } from '../spec.ts'

spec(
  ['SYNC/T014', 'SYNC/T066', 'SYNC/FR-010'],
  'the database lets a removed payload back only as it left',
  () => {
    using world = temporaryJournal()
    const event = anEvent()
    capture(world.journal, [event])
    const { db } = world.journal
    // As if it had been delivered everywhere; what decides that has a spec of its own.
    db.exec('DROP TRIGGER payload_leaves_only_when_delivered')
    db.prepare('UPDATE events SET envelope = NULL, removed_at_ms = 1, removed_sha = ?').run(
      contentHash(JSON.stringify(event)),
    )
    const back = 'UPDATE events SET removed_at_ms = NULL, removed_sha = NULL, envelope = ?'
    const text = JSON.stringify(event)
    const forged = [
      text.replace(event.event_id, 'x'.repeat(event.event_id.length)),
      `${text} `,
      '{}',
    ]
    for (const wrong of forged)
      expect(() => db.prepare(back).run(wrong), wrong).toThrow(/returns as it left/)
    expect(() => db.exec('UPDATE events SET archived_at_ms = 2')).toThrow(/stays away/)
    expect(capture(world.journal, [event])).toMatchObject([{ kind: 'already-captured' }])
    expect(journalTotals(world.journal)).toMatchObject({ retained: 0 })
    const other = { ...event, timestamp: '2026-05-20T11:11:11.000Z' }
    expect(capture(world.journal, [other], { restores: true })).toMatchObject([
      { kind: 'divergent' },
    ])
    expect(capture(world.journal, [event], { restores: true })).toMatchObject([
      { kind: 'restored' },
    ])
    expect(journalTotals(world.journal)).toMatchObject({ retained: 1 })
    expect(recount(world.journal)).toEqual([])
  },
)

spec(
  ['SYNC/T066', 'SYNC/FR-009'],
  'the oldest held event is found behind those that left, and again when one of them returns',
  () => {
    using world = temporaryJournal()
    const { db } = world.journal
    const days = [1, 2, 3].map((day) => `2026-05-0${day}T00:00:00.000Z`)
    const events = days.map((timestamp) => anEvent({ timestamp }))
    capture(world.journal, events)
    const leave = db.prepare('UPDATE journal_state SET removed_through = ?')
    expect(() => leave.run(1)).toThrow(/a payload is held/)
    db.exec('DROP TRIGGER payload_leaves_only_when_delivered')
    const remove = db.prepare(
      'UPDATE events SET envelope = NULL, removed_at_ms = 1, removed_sha = ? WHERE seq = ?',
    )
    for (const [at, event] of events.slice(0, 2).entries())
      remove.run(contentHash(JSON.stringify(event)), at + 1)
    leave.run(2)
    expect(journalTotals(world.journal)).toMatchObject({ oldestRetainedAt: days[2] })
    capture(world.journal, events.slice(0, 1), { restores: true })
    expect(journalTotals(world.journal)).toMatchObject({ oldestRetainedAt: days[0] })
    expect(recount(world.journal)).toEqual([])
  },
)
