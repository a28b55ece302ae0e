import Database from 'better-sqlite3'
import { copyFileSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { temporaryHome } from '../../fixtures/engine/home.ts'
import { writeOldJournal } from '../../fixtures/engine/old-homes.ts'
import { listConsents } from '../../packages/sync-engine/src/consent/decide.ts'
import { countsFor } from '../../packages/sync-engine/src/delivery/counts.ts'
import { recount } from '../../packages/sync-engine/src/delivery/recount.ts'
import { listTargets } from '../../packages/sync-engine/src/delivery/targets.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import {
  journalPath,
  openJournal,
  readJournal,
} from '../../packages/sync-engine/src/journal/journal.ts'
import { readEntries } from '../../packages/sync-engine/src/journal/read.ts'
import { journalTotals } from '../../packages/sync-engine/src/journal/totals.ts'
import { spec } from '../spec.ts'

/** Everything in a journal but what is random by nature. */
function contentOf(path: string): unknown {
  const db = new Database(path, { readonly: true })
  try {
    const schema = db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2').all()
    const tables = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .pluck()
      .all() as string[]
    const rows = tables.map((table) => [table, db.prepare(`SELECT * FROM ${table}`).all()])
    const text = JSON.stringify({ version: db.pragma('user_version'), schema, rows })
    return JSON.parse(
      text
        .replaceAll(/"journal_id":"[0-9a-f-]{36}"/g, '"journal_id":"some"')
        .replaceAll(/"granted_at_ms":\d+/g, '"granted_at_ms":0'),
    )
  } finally {
    db.close()
  }
}

function copyFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from))
    if (name.startsWith('journal.db')) copyFileSync(join(from, name), join(to, name))
}

spec(
  ['SYNC/NFR-005', 'SYNC/NFR-006'],
  'a journal of version 1 reads as one of today, and reading changes no byte of it',
  () => {
    using world = temporaryHome()
    const path = writeOldJournal(world.home, 1)
    const before = readFileSync(path)
    const journal = readJournal({ home: world.home })
    expect(journalTotals(journal)).toMatchObject({ removed: 22, collapsed: 1, openConflicts: 1 })
    expect(readEntries(journal).length).toBe(34)
    expect(listTargets(journal)).toHaveLength(1)
    expect(recount(journal)).toEqual([])
    journal.close()
    expect(readFileSync(path).equals(before)).toBe(true)
  },
)

spec(
  ['SYNC/NFR-005', 'SYNC/NFR-006'],
  'a journal that a program of version 2 left keeps its events, consents and deliveries in every later program',
  () => {
    using world = temporaryHome()
    const path = writeOldJournal(world.home, 2)
    const before = readFileSync(path)
    const reading = readJournal({ home: world.home })
    expect(readEntries(reading).length).toBe(32)
    reading.close()
    expect(readFileSync(path).equals(before)).toBe(true)
    const journal = openJournal({ home: world.home })
    expect(journalTotals(journal)).toMatchObject({ removed: 21, retained: 11, openConflicts: 1 })
    const [target] = listTargets(journal)
    const counts = { delivered: 21, 'terminal-failed': 1, untried: 10 }
    expect(countsFor(journal, target?.generationId ?? 0)).toMatchObject(counts)
    const holding = listConsents(journal).filter(({ revokedAtMs }) => revokedAtMs === null)
    expect(holding).toMatchObject([{ account: 'ann@example.org', covers: 'ann@example.org' }])
    expect(listConsents(journal).length).toBe(3)
    expect(recount(journal)).toEqual([])
    expect(capture(journal, [anEvent()])).toMatchObject([{ kind: 'captured', seq: 33 }])
    journal.close()
  },
)

spec(
  ['SYNC/NFR-005', 'SYNC/NFR-006'],
  'a kill at any statement of an upgrade leaves what the next command completes to the same end',
  () => {
    using world = temporaryHome()
    const path = writeOldJournal(world.home, 1)
    const before = readEntriesOf(world.home)
    let count = 0
    const journal = openJournal({
      home: world.home,
      now: () => 0,
      onStatement: () => {
        copyFolder(dirname(path), join(world.home, `at-${(count += 1)}`, 'event_journal'))
      },
    })
    journal.close()
    const expected = contentOf(path)
    expect(readEntriesOf(world.home)).toEqual(before)
    expect(count).toBeGreaterThan(15)
    for (let at = 1; at <= count; at += 1) {
      const home = join(world.home, `at-${at}`)
      expect(readEntriesOf(home), `read after statement ${at}`).toEqual(before)
      openJournal({ home, now: () => 0 }).close()
      expect(contentOf(journalPath(home)), `killed at statement ${at}`).toEqual(expected)
    }
  },
)

function readEntriesOf(home: string): unknown {
  const journal = readJournal({ home })
  try {
    return { entries: readEntries(journal), totals: journalTotals(journal) }
  } finally {
    journal.close()
  }
}

spec('SYNC/NFR-006', 'an upgraded journal has the schema of a new one, and works', () => {
  using old = temporaryHome()
  using fresh = temporaryHome()
  const path = writeOldJournal(old.home, 1)
  for (const { home } of [old, fresh]) {
    const journal = openJournal({ home })
    expect(capture(journal, [anEvent()])).toMatchObject([{ kind: 'captured' }])
    expect(recount(journal)).toEqual([])
    journal.close()
  }
  const schema = (file: string): unknown => {
    const db = new Database(file, { readonly: true })
    try {
      return db
        .prepare(
          "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2",
        )
        .all()
    } finally {
      db.close()
    }
  }
  expect(schema(path)).toEqual(schema(journalPath(fresh.home)))
})

spec('SYNC/NFR-006', 'a program of an earlier version refuses a journal of a later one', () => {
  using world = temporaryHome()
  openJournal({ home: world.home }).close()
  const db = new Database(journalPath(world.home))
  db.pragma('user_version = 99')
  db.close()
  const before = readFileSync(journalPath(world.home))
  for (const open of [openJournal, readJournal])
    expect(() => open({ home: world.home })).toThrow(/format 99/)
  expect(readFileSync(journalPath(world.home)).equals(before)).toBe(true)
})
