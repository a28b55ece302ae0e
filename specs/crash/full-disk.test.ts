import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { eventOfSize } from '../../fixtures/engine/events.ts'
import { loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer, type ScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { mountSmallDisk, type SmallDisk } from '../../fixtures/engine/small-disk.ts'
import { drain } from '../../src/sync/delivery/drain.ts'
import { integrityProblems, recount } from '../../src/sync/delivery/recount.ts'
import { SyncError } from '../../src/sync/errors.ts'
import { capture } from '../../src/sync/journal/capture.ts'
import { openJournal, type Journal } from '../../src/sync/journal/journal.ts'
import { readEntries } from '../../src/sync/journal/read.ts'
import { reservePath } from '../../src/sync/journal/reserve.ts'
import { journalTotals } from '../../src/sync/journal/totals.ts'
import { collectGarbage } from '../../src/sync/retention/gc.ts'
import { spec } from '../spec.ts'

const disk = mountSmallDisk(24)
afterAll(() => disk?.[Symbol.dispose]())

async function drainTo(journal: Journal, server: ScriptedServer): Promise<void> {
  const receiver = loggedIn(server.url)
  try {
    await drain({ journal, receiver })
  } finally {
    await receiver.close()
  }
}

/** Runs a step; on a full disk it must say so clearly, and succeed once there is room again. */
async function throughFullDisk(
  step: () => void | Promise<void>,
  free: () => void,
): Promise<'clean' | 'full'> {
  try {
    await step()
    return 'clean'
  } catch (cause) {
    if (!(cause instanceof SyncError)) throw cause
    expect(cause).toMatchObject({
      code: 'disk-full',
      next: expect.stringContaining('free some space') as string,
    })
    free()
    await step()
    return 'full'
  }
}

interface Strike {
  readonly statements: number
  readonly metFull: boolean
}

/** Captures and drains with the disk running full at the n-th statement, then checks that all is there. */
async function strikeAt(statement: number, small: SmallDisk): Promise<Strike> {
  await using server = await startScriptedServer()
  let statements = 0
  let armed = false
  const strike = (): void => {
    if (!armed) return
    statements += 1
    if (statements === statement) small.fill()
  }
  const home = join(small.folder, `home-${statement}`)
  const journal = openJournal({ home, onStatement: strike, synchronous: 'NORMAL' })
  armed = true
  const first = [eventOfSize(90_000), eventOfSize(90_000)]
  const second = [eventOfSize(90_000)]
  const outcomes: string[] = []
  for (const step of [
    () => void capture(journal, first),
    () => drainTo(journal, server),
    () => void capture(journal, second),
    () => drainTo(journal, server),
  ])
    outcomes.push(await throughFullDisk(step, () => small.free()))
  armed = false
  small.free()
  const captured = [...first, ...second].map(({ event_id }) => event_id)
  expect(readEntries(journal).map(({ eventId }) => eventId)).toEqual(captured)
  expect([...server.stored.keys()]).toEqual(captured)
  expect([...recount(journal), ...integrityProblems(journal)]).toEqual([])
  journal.close()
  rmSync(home, { recursive: true })
  return { statements, metFull: outcomes.includes('full') }
}

spec(
  ['SYNC/T014', 'SYNC/T041', 'SYNC/NFR-002', 'SYNC/FR-001'],
  'a disk that runs full at any statement of capture or drain gives a clear error, and nothing is lost',
  async (context) => {
    if (disk === undefined) return context.skip('a real file system is mounted; that needs root')
    let full = 0
    for (let statement = 1, last = 1; statement <= last; statement += 1) {
      const { statements, metFull } = await strikeAt(statement, disk)
      last = Math.max(last, statements)
      full += Number(metFull)
    }
    expect(full).toBeGreaterThan(0)
  },
  60_000,
)

spec(
  ['SYNC/T041', 'SYNC/T066', 'SYNC/FR-010', 'SYNC/T014'],
  'on a disk that stays full a capture is refused, while drain and gc still work and make room',
  async (context) => {
    if (disk === undefined) return context.skip('a real file system is mounted; that needs root')
    await using server = await startScriptedServer()
    const home = join(disk.folder, 'stays-full')
    const journal = openJournal({ home })
    for (let n = 0; n < 60; n += 1) capture(journal, [eventOfSize(60_000)])
    disk.fill()
    expect(() => {
      for (let n = 0; n < 100; n += 1) capture(journal, [eventOfSize(60_000)])
    }).toThrow(expect.objectContaining({ code: 'disk-full' }))
    const { retained } = journalTotals(journal)
    disk.fill()
    await drainTo(journal, server)
    expect(server.stored.size).toBe(retained)
    const before = journal.db.pragma('freelist_count', { simple: true }) as number
    expect(collectGarbage(home, { now: Date.now, dryRun: false }).removed).toBe(retained)
    expect(journal.db.pragma('freelist_count', { simple: true })).toBeGreaterThan(before)
    expect(capture(journal, [eventOfSize(60_000)])[0]?.kind).toBe('captured')
    expect(existsSync(reservePath(journal.path))).toBe(false)
    journal.close()
    disk.free()
  },
  30_000,
)
