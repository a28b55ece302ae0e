import type { Journal } from '../journal/journal.ts'
import { withReserve } from '../journal/reserve.ts'
import { statement } from '../journal/statements.ts'
import { SHELL_COLUMNS } from '../journal/upgrade/space.ts'

/** Positions behind `after`, up to `through`. */
export interface Range {
  readonly after: number
  readonly through: number
}

/**
 * Rows without a payload are written anew in these steps, in the same transaction: where one is
 * deleted, SQLite merges its page with those on both sides. A row for every 2,000 bytes of payload
 * leaves as little behind as every row (1.11 of a compact copy; 1.19 at 4,000 and 1.48 at 8,000).
 */
const MOVE = [
  `INSERT INTO moving (${SHELL_COLUMNS})
   SELECT ${SHELL_COLUMNS} FROM events WHERE seq > @after AND seq <= @through AND envelope IS NULL
     AND bytes_through / 2000 <> (bytes_through - size_bytes) / 2000`,
  `DELETE FROM events WHERE seq IN (SELECT seq FROM moving)
     AND seq <> (SELECT max(seq) FROM events)`,
  `INSERT OR IGNORE INTO events (${SHELL_COLUMNS}) SELECT ${SHELL_COLUMNS} FROM moving`,
  'DELETE FROM moving',
] as const

/** Pages given back to the file system at a time. */
const VACUUM_PAGES = 1_000

/**
 * SQLite looks for the last page of the file in its list of free pages, so giving back a long list is
 * quadratic.
 */
const MOST_FREE_PAGES = 16_000

/** Makes the pages of a range of events as full as they were, in the transaction that emptied them. */
export function moveShells(db: Journal['db'], range: Range): void {
  const [take, ...rest] = MOVE
  statement(db, take).run(range)
  for (const sql of rest) statement(db, sql).run()
}

/** Lets the file shrink, a little at a time; a journal of version 1 keeps its size and uses it again. */
export function giveBack({ db, path }: Journal): void {
  for (let free = freePages(db); free > 0;) {
    withReserve(db, path, () => db.pragma(`incremental_vacuum(${VACUUM_PAGES})`))
    const left = freePages(db)
    if (left >= free) return
    free = left
  }
}

/** Whether so much is free that some of it should be given back before more is freed. */
export function isMuchFree(db: Journal['db']): boolean {
  return freePages(db) > Math.min(pages(db) / 4, MOST_FREE_PAGES)
}

function pages(db: Journal['db']): number {
  return Number(db.pragma('page_count', { simple: true }))
}

function freePages(db: Journal['db']): number {
  return Number(db.pragma('freelist_count', { simple: true }))
}
