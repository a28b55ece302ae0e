import Database from 'better-sqlite3'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { cliWorld } from '../../fixtures/cli/world.ts'
import { eventOfSize, someEvents } from '../../fixtures/engine/events.ts'
import { temporaryHome } from '../../fixtures/engine/home.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import {
  journalPath,
  openJournal,
  readJournal,
} from '../../packages/sync-engine/src/journal/journal.ts'
import { readEntries } from '../../packages/sync-engine/src/journal/read.ts'
import { backUp } from '../../packages/sync-engine/src/retention/backup.ts'
import { repairJournal } from '../../packages/sync-engine/src/retention/repair.ts'
import { spec } from '../spec.ts'

/** Events by id, with their text, of every event that a journal holds. */
function contentOf(home: string): Map<string, string | undefined> {
  const journal = readJournal({ home })
  try {
    const entries = readEntries(journal, { limit: 10_000 })
    return new Map(entries.map(({ eventId, envelope }) => [eventId, envelope]))
  } finally {
    journal.close()
  }
}

const PAGE = 4_096

/** The leaf pages that hold rows of events, with the positions of those rows. */
function leavesOf(path: string): { page: number; seqs: number[] }[] {
  const db = new Database(path, { readonly: true })
  try {
    const sql = `
      SELECT pageno AS page, ncell AS cells FROM dbstat
      WHERE name = 'events' AND pagetype = 'leaf' ORDER BY path`
    let seq = 0
    return (db.prepare(sql).all() as { page: number; cells: number }[]).map(({ page, cells }) => ({
      page,
      seqs: Array.from({ length: cells }, () => (seq += 1)),
    }))
  } finally {
    db.close()
  }
}

spec(
  ['SYNC/SC-002', 'SYNC/T014'],
  'whatever page of events is damaged, repair brings every other event back byte for byte',
  () => {
    using world = temporaryHome()
    const journal = openJournal({ home: world.home, synchronous: 'NORMAL' })
    capture(
      journal,
      Array.from({ length: 60 }, () => eventOfSize(900)),
    )
    journal.close()
    const path = journalPath(world.home)
    const whole = contentOf(world.home)
    const bytes = readFileSync(path)
    const leaves = leavesOf(path)
    expect(leaves.length).toBeGreaterThan(10)
    for (const { page, seqs } of leaves) {
      const damaged = Buffer.from(bytes)
      damaged.fill(0xff, (page - 1) * PAGE, (page - 1) * PAGE + 200)
      writeFileSync(path, damaged)
      const report = repairJournal(world.home, Date.now)
      expect(report.unreadable, `page ${page}`).toBe(seqs.length)
      expect(report.salvaged).toBe(60 - seqs.length)
      for (const [id, text] of contentOf(world.home)) expect(text).toBe(whole.get(id))
      expect(readFileSync(join(report.damaged, 'journal.db')).equals(damaged)).toBe(true)
    }
  },
)

spec(
  ['SYNC/SC-002', 'SYNC/FR-017'],
  'a journal of no bytes is not taken for a new one, and the remedy works',
  async () => {
    await using world = cliWorld()
    await world.call('agent mission create demo')
    const path = journalPath(world.home)
    writeFileSync(path, '')
    const refused = await world.call('sync export')
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('0 bytes')])
    expect(readFileSync(path)).toHaveLength(0)
    const repaired = await world.call('doctor journal --repair --json')
    expect([repaired.code, repaired.json]).toEqual([0, expect.objectContaining({ salvaged: 0 })])
    expect((await world.call('agent mission create second')).code).toBe(0)
    expect(readdirSync(dirname(path)).filter((name) => name.startsWith('repair-'))).toEqual([])
  },
)

spec(
  'SYNC/SC-002',
  'a backup holds one state of the journal, also while another connection writes',
  () => {
    using world = temporaryHome()
    using other = temporaryHome()
    const journal = openJournal({ home: world.home })
    capture(journal, someEvents(50))
    // Written, and not committed: the copy must not hold it.
    journal.db.exec('BEGIN IMMEDIATE; INSERT INTO provenance VALUES (1, 1, NULL, 1)')
    const path = journalPath(other.home)
    openJournal({ home: other.home }).close()
    const file = join(other.home, 'copy.db')
    expect(backUp(world.home, file)).toMatchObject({ events: 50 })
    journal.db.exec('ROLLBACK')
    expect(() => backUp(world.home, file)).toThrow(/a file of that name/)
    writeFileSync(path, readFileSync(file))
    expect(contentOf(other.home)).toEqual(contentOf(world.home))
    expect(existsSync(`${file}-wal`)).toBe(false)
    journal.close()
  },
)
