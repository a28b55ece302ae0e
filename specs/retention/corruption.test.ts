import Database from 'better-sqlite3'
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { anEvent, eventOfSize } from '../../fixtures/engine/events.ts'
import { temporaryHome } from '../../fixtures/engine/home.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { journalPath, openJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { PageFile } from '../../packages/sync-engine/src/retention/page-file.ts'
import { repairJournal } from '../../packages/sync-engine/src/retention/repair.ts'
import { spec } from '../spec.ts'

const PAGE = 4_096
const ACCOUNTS = ['', 'robin@canary.example', 'kim@canary.example']

interface Event {
  readonly seq: number
  readonly text: string
  readonly account: string
}

/** Events of a journal with the account of each. */
function eventsOf(path: string): Event[] {
  const db = new Database(path, { readonly: true })
  try {
    const sql = `SELECT e.seq, e.envelope AS text, coalesce(s.account, '') AS account
      FROM events e LEFT JOIN streams s USING (stream_id) WHERE e.envelope IS NOT NULL ORDER BY e.seq`
    return db.prepare(sql).all() as Event[]
  } finally {
    db.close()
  }
}

/** An event whose text is unlike any other, so that its pages can be told. */
function anUnlikeEvent(bytes: number): object {
  return anEvent({ payload: { note: randomBytes(bytes / 2).toString('hex') } })
}

/** The pages on which each event is: its leaf, and what spilled from it. */
function pagesOf(path: string, events: readonly Event[]): Map<string, Set<number>> {
  using file = new PageFile(path)
  const pages = Array.from({ length: file.count }, (_, index) =>
    (file.read(index + 1) ?? Buffer.alloc(0)).toString('latin1'),
  )
  return new Map(
    events.map(({ text }) => {
      const note = /"note":"([0-9a-f]+)"/.exec(text)?.[1] ?? ''
      const pieces = note.match(/.{16}/g) ?? []
      const on = pages.flatMap((page, index) =>
        pieces.some((piece) => page.includes(piece)) ? [index + 1] : [],
      )
      return [text, new Set(on)]
    }),
  )
}

/** One place where bytes are destroyed. */
interface Damage {
  /** Where, as a share of the file. */
  readonly at: number
  readonly bytes: number
  readonly value: number
}

const damage: fc.Arbitrary<Damage[]> = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 0.999_999, noNaN: true }),
    bytes: fc.integer({ min: 1, max: 6_000 }),
    value: fc.integer({ min: 0, max: 255 }),
  }),
  { minLength: 1, maxLength: 4 },
)

/** `CORRUPTION_RUNS=1000` plays as many as the criterion asks for. */
const RUNS = Number(process.env['CORRUPTION_RUNS'] ?? 25)

function journalOf(home: string, sizes: readonly number[]): string {
  const journal = openJournal({ home, synchronous: 'NORMAL' })
  for (const [index, size] of sizes.entries())
    capture(journal, [anUnlikeEvent(size)], { account: ACCOUNTS[index % ACCOUNTS.length] })
  journal.close()
  return journalPath(home)
}

spec(
  ['SYNC/SC-002', 'SYNC/T014'],
  'whatever bytes of a journal are destroyed, every event outside the damaged pages comes back, with its account',
  () => {
    using world = temporaryHome()
    const sizes = Array.from({ length: 90 }, (_, index) => (index % 15 === 7 ? 9_000 : 700))
    const path = journalOf(world.home, sizes)
    const events = eventsOf(path)
    const places = pagesOf(path, events)
    for (const on of places.values()) expect([1, 2, 3, 4, 5]).toContain(on.size)
    const whole = readFileSync(path)
    let spared = 0
    fc.assert(
      fc.property(damage, (places_) => {
        const bytes = Buffer.from(whole)
        const hit = new Set<number>()
        for (const { at, bytes: length, value } of places_) {
          const from = Math.floor(at * bytes.length)
          const to = Math.min(from + length, bytes.length)
          bytes.fill(value, from, to)
          for (let page = Math.floor(from / PAGE); page * PAGE < to; page += 1) hit.add(page + 1)
        }
        writeFileSync(path, bytes)
        const { damaged } = repairJournal(world.home, Date.now)
        rmSync(damaged, { recursive: true })
        const back = new Map(eventsOf(path).map(({ text, account }) => [text, account]))
        // Whose event it was is written on a page as well.
        for (const { text, account } of events) {
          if ([...(places.get(text) ?? [])].some((page) => hit.has(page))) continue
          expect(back.has(text)).toBe(true)
          spared += 1
          expect([account, 'unknown']).toContain(back.get(text))
        }
      }),
      { numRuns: RUNS },
    )
    expect(spared).toBeGreaterThan(RUNS * 20)
  },
)

spec(
  ['SYNC/SC-002', 'SYNC/T014'],
  'events that are in the log only come back, also those behind a damaged frame; what was never committed does not',
  () => {
    using world = temporaryHome()
    using other = temporaryHome()
    const journal = openJournal({ home: world.home })
    const path = journalPath(world.home)
    for (let count = 0; count < 40; count += 1) capture(journal, [eventOfSize(3_500)])
    const target = journalPath(other.home)
    mkdirSync(dirname(target), { recursive: true })
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, target + suffix)
    const events = eventsOf(path)
    journal.close()
    const log = readFileSync(`${target}-wal`)
    const frame = 24 + PAGE
    const hurt = Math.floor((log.length - 32) / frame / 2)
    log.fill(0x5a, 32 + hurt * frame + 24 + 500, 32 + hurt * frame + 24 + 900)
    writeFileSync(`${target}-wal`, log)
    const { damaged } = repairJournal(other.home, Date.now)
    const back = eventsOf(target).map(({ text }) => text)
    expect(existsSync(join(damaged, 'journal.db-wal'))).toBe(true)
    // SQLite alone ends at the damaged frame; the page in it is there in a later version, or one event is gone.
    expect(back.length).toBeGreaterThanOrEqual(events.length - 1)
    expect(events.map(({ text }) => text)).toEqual(expect.arrayContaining(back))
  },
)
