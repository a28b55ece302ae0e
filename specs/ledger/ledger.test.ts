import { expect } from 'vitest'
import { someEvents } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { external, loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { retryTerminal } from '../../packages/sync-engine/src/delivery/dead-letters.ts'
import {
  deliveredAnywhere,
  ledgerOf,
  terminalFailures,
} from '../../packages/sync-engine/src/delivery/ledger.ts'
import { recount } from '../../packages/sync-engine/src/delivery/recount.ts'
import { selectFresh, selectOpen } from '../../packages/sync-engine/src/delivery/select.ts'
import { registerTarget } from '../../packages/sync-engine/src/delivery/targets.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import type { EventEnvelope } from '../../packages/batch-contract/src/index.ts'
import type { Journal } from '../../packages/sync-engine/src/journal/journal.ts'
import { findEvent, readEntries } from '../../packages/sync-engine/src/journal/read.ts'
import { journalTotals } from '../../packages/sync-engine/src/journal/totals.ts'
import { spec } from '../spec.ts'
import { drainTo, speaking } from './speaking.ts'

const statuses = (journal: Journal, events: readonly EventEnvelope[]): (string | undefined)[] =>
  events.map(({ event_id }) => ledgerOf(journal, event_id)[0]?.status)

spec(
  ['SYNC/T026', 'SYNC/T027', 'SYNC/T028', 'SYNC/T029', 'SYNC/NFR-002', 'SYNC/FR-001'],
  'each answer is a row of its own kind, and every payload stays',
  async () => {
    using world = temporaryJournal()
    const events = someEvents(6)
    capture(world.journal, events)
    await using server = await speaking(events, [
      'success',
      'duplicate',
      'pending',
      'rejected',
      'transient',
      'failed_permanent',
    ])
    await drainTo(world.journal, server)
    expect(statuses(world.journal, events)).toEqual([
      'success',
      'duplicate',
      'pending',
      'rejected',
      'transient',
      'terminal-failed',
    ])
    expect(journalTotals(world.journal).retained).toBe(6)
    expect(readEntries(world.journal).every(({ envelope }) => envelope !== undefined)).toBe(true)
    expect(recount(world.journal)).toEqual([])
  },
)

spec(
  ['SYNC/FR-002', 'SYNC/SC-004'],
  'a row says what reached which address and scope, when, and with what answer',
  async () => {
    using world = temporaryJournal()
    const [event] = someEvents(1)
    capture(world.journal, [event!])
    await using server = await startScriptedServer()
    await drainTo(world.journal, server)
    expect(ledgerOf(world.journal, event!.event_id)).toEqual([
      expect.objectContaining({
        eventId: event!.event_id,
        canonicalUrl: server.url,
        teamSlug: 'private-dev',
        userEmail: 'dev@example.org',
        status: 'success',
        attempts: 1,
        httpStatus: 200,
        firstAttemptedAtMs: world.journal.now(),
      }),
    ])
  },
)

spec(
  ['SYNC/T030', 'SYNC/FR-004', 'SYNC/T032'],
  'selection finds what the target lacks, without what failed for good',
  async () => {
    using world = temporaryJournal()
    const events = someEvents(4)
    capture(world.journal, events.slice(0, 3))
    await using server = await speaking(events, ['success', 'rejected', 'failed_permanent'])
    await drainTo(world.journal, server)
    capture(world.journal, events.slice(3))
    const { generationId } = registerTarget(world.journal, loggedIn(server.url).identity)
    const ids = (found: readonly { eventId: string }[]): string[] =>
      found.map(({ eventId }) => eventId)
    expect(ids(selectFresh(world.journal, { after: 3, through: 99, limit: 10 }))).toEqual([
      events[3]!.event_id,
    ])
    const everything = { after: 0, dueBy: Number.MAX_SAFE_INTEGER, limit: 10 }
    expect(ids(selectOpen(world.journal, generationId, everything))).toEqual([events[1]!.event_id])
    expect(
      selectOpen(world.journal, generationId, { ...everything, dueBy: world.journal.now() }),
    ).toEqual([])
  },
)

spec(
  ['SYNC/T031', 'SYNC/C-003', 'SYNC/T026'],
  'one event stands at several targets, each by itself',
  async () => {
    using world = temporaryJournal()
    const [event] = someEvents(1)
    capture(world.journal, [event!])
    await using refusing = await speaking([event!], ['rejected'])
    await using taking = await startScriptedServer()
    await drainTo(world.journal, refusing)
    expect(deliveredAnywhere(world.journal, event!.event_id)).toBe(false)
    const receiver = external(taking.endpoint)
    await drain({ journal: world.journal, receiver })
    await receiver.close()
    expect(deliveredAnywhere(world.journal, event!.event_id)).toBe(true)
    expect(ledgerOf(world.journal, event!.event_id).map(({ status }) => status)).toEqual([
      'rejected',
      'success',
    ])
  },
)

spec(
  ['SYNC/T029', 'SYNC/FR-015', 'SYNC/T042'],
  'a terminal failure can be inspected and is sent again only when somebody asks',
  async () => {
    using world = temporaryJournal()
    const [event] = someEvents(1)
    capture(world.journal, [event!])
    let word: string | undefined = 'failed_permanent'
    await using server = await startScriptedServer(() => ({
      kind: 'results',
      of: () => (word === undefined ? undefined : { status: word, error: 'no room for it' }),
    }))
    await drainTo(world.journal, server)
    await drainTo(world.journal, server)
    expect(server.batches).toHaveLength(1)
    expect(terminalFailures(world.journal)).toMatchObject([
      { eventId: event!.event_id, detail: 'no room for it' },
    ])
    expect(findEvent(world.journal, event!.event_id)?.envelope).toContain(event!.event_id)

    word = undefined
    expect(retryTerminal(world.journal, event!.event_id)).toBe(1)
    await drainTo(world.journal, server)
    expect(statuses(world.journal, [event!])).toEqual(['success'])
    expect(recount(world.journal)).toEqual([])
    expect(() => retryTerminal(world.journal, 'nowhere')).toThrow(
      expect.objectContaining({ code: 'event-unknown' }),
    )
  },
)

spec(
  ['SYNC/T032', 'SYNC/NFR-003'],
  'a reply that was lost comes back as duplicate, once in the ledger and once at the server',
  async () => {
    using world = temporaryJournal()
    const events = someEvents(3)
    capture(world.journal, events)
    await using server = await startScriptedServer((_, index) =>
      index === 0 ? { kind: 'store-and-drop' } : { kind: 'store' },
    )
    await drainTo(world.journal, server)
    expect(statuses(world.journal, events)).toEqual(['duplicate', 'duplicate', 'duplicate'])
    expect([...server.stored.keys()]).toEqual(events.map(({ event_id }) => event_id))
  },
)

spec(
  ['SYNC/T027', 'SYNC/FR-010'],
  'the database itself keeps delivered rows delivered and every row in place',
  async () => {
    using world = temporaryJournal()
    capture(world.journal, someEvents(1))
    await using server = await startScriptedServer()
    await drainTo(world.journal, server)
    const { db } = world.journal
    expect(() => db.exec("UPDATE ledger SET status = 'pending', next_attempt_at_ms = 1")).toThrow(
      /stays delivered/,
    )
    expect(() => db.exec('DELETE FROM ledger')).toThrow(/history stays/)
    expect(() => db.exec('UPDATE journal_state SET claimed_through = 0')).toThrow(/stays claimed/)
  },
)
