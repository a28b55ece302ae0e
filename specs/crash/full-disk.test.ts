import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { eventOfSize } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { startScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { mountSmallDisk, type SmallDisk } from '../../fixtures/engine/small-disk.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { openJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { reservePath } from '../../packages/sync-engine/src/journal/reserve.ts'
import { journalTotals } from '../../packages/sync-engine/src/journal/totals.ts'
import { collectGarbage } from '../../packages/sync-engine/src/retention/gc.ts'
import { spec } from '../spec.ts'
import { drainTo, throughFullDisk } from './through-full.ts'

const disk = mountSmallDisk(24)
afterAll(() => disk?.[Symbol.dispose]())

interface Strike {
  readonly statements: number
  readonly metFull: boolean
}

/** The disk runs full at the n-th statement. */
async function strikeAt(statement: number, small: SmallDisk): Promise<Strike> {
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
  const metFull = await throughFullDisk(journal, { free: () => small.free() })
  armed = false
  // Where the last statements only read, nothing meets the full disk, and nothing frees it.
  small.free()
  journal.close()
  rmSync(home, { recursive: true })
  return { statements, metFull }
}

/** The file may grow by so many pages in one of the steps; an answer like a full disk's follows. */
async function limitPages(limited: number, pages: number): Promise<boolean> {
  using world = temporaryJournal({ synchronous: 'NORMAL' })
  const { journal } = world
  const limit = (count: number): void => {
    for (const db of [journal.db, journal.results()]) db.pragma(`max_page_count = ${count}`)
  }
  const size = (): number => Number(journal.db.pragma('page_count', { simple: true }))
  return await throughFullDisk(journal, {
    before: (step) => {
      if (step === limited) limit(size() + pages)
    },
    free: () => limit(4_294_967_294),
  })
}

spec(
  ['SYNC/T014', 'SYNC/T041', 'SYNC/NFR-002', 'SYNC/FR-001'],
  'a database that may not grow by one more page, at any page of capture or drain, gives a clear error, and nothing is lost',
  async () => {
    const stopped = [0, 0, 0, 0]
    for (const step of stopped.keys()) {
      for (let pages = 0; await limitPages(step, pages); pages += 1) stopped[step] = pages + 1
    }
    // A capture of 180 kB needs that many pages; a small drain fits into those that are there.
    expect(stopped[0]).toBeGreaterThan(40)
    expect(stopped[2]).toBeGreaterThan(20)
  },
)

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
    const before = journal.db.pragma('page_count', { simple: true }) as number
    expect(collectGarbage(home, { now: Date.now, dryRun: false }).removed).toBe(retained)
    expect(journal.db.pragma('page_count', { simple: true })).toBeLessThan(before)
    expect(capture(journal, [eventOfSize(60_000)])[0]?.kind).toBe('captured')
    expect(existsSync(reservePath(journal.path))).toBe(false)
    journal.close()
    disk.free()
  },
)
