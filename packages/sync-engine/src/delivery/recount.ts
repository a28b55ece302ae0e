import { journalTotals } from '../journal/totals.ts'
import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import { countsFor } from './counts.ts'
import { listTargets } from './targets.ts'
import { LEDGER_STATUSES } from './transition.ts'

/** A counter that says something else than the rows it counts. */
export interface Miscount {
  readonly what: string
  readonly counted: number
  readonly actual: number
}

/**
 * Counts every row and compares with the counters: what `doctor` runs, slow and exact (SYNC/T032).
 * Empty means that every count shown by status is true.
 */
export function recount(journal: Journal): Miscount[] {
  return [
    ...recountJournal(journal),
    ...listTargets(journal).flatMap((target) => recountTarget(journal, target)),
  ]
}

function recountJournal(journal: Journal): Miscount[] {
  const { db } = journal
  const totals = journalTotals(journal)
  const actual = statement<{ retained: number; bytes: number; removed: number; early: number }>(
    db,
    `SELECT count(*) FILTER (WHERE envelope IS NOT NULL) AS retained,
       coalesce(sum(size_bytes) FILTER (WHERE envelope IS NOT NULL), 0) AS bytes,
       count(*) FILTER (WHERE envelope IS NULL) AS removed,
       count(*) FILTER (WHERE envelope IS NOT NULL
         AND seq <= (SELECT removed_through FROM journal_state)) AS early FROM events`,
  ).get()
  if (actual === undefined) return []
  return differing([
    ['retained events', totals.retained, actual.retained],
    ['retained bytes', totals.retainedBytes, actual.bytes],
    ['removed payloads', totals.removed, actual.removed],
    ['payloads where none is held any more', 0, actual.early],
  ])
}

function recountTarget(
  journal: Journal,
  { generationId, canonicalUrl }: { readonly generationId: number; readonly canonicalUrl: string },
): Miscount[] {
  const { db } = journal
  const counts = countsFor(journal, generationId)
  const sql = 'SELECT status, count(*) FROM ledger WHERE generation_id = ? GROUP BY status'
  const actual = new Map(
    statement(db, sql).raw().all(generationId) as [status: string, count: number][],
  )
  const untried = statement(
    db,
    `SELECT count(*) FROM events e WHERE envelope IS NOT NULL AND NOT EXISTS (
       SELECT 1 FROM ledger l WHERE l.generation_id = ? AND l.seq = e.seq)`,
  )
    .pluck()
    .get(generationId)
  return differing([
    ...LEDGER_STATUSES.map(
      (status) =>
        [`${status} at ${canonicalUrl}`, counts[status], actual.get(status) ?? 0] as const,
    ),
    [`untried at ${canonicalUrl}`, counts.untried, Number(untried)],
  ])
}

function differing(checks: readonly (readonly [string, number, number])[]): Miscount[] {
  return checks
    .filter(([, counted, actual]) => counted !== actual)
    .map(([what, counted, actual]) => ({ what, counted, actual }))
}

/** SQLite's own check of the file: empty if it is sound. */
export function integrityProblems({ db }: Journal): string[] {
  const found = statement(db, 'PRAGMA integrity_check').pluck().all() as string[]
  return found.filter((line) => line !== 'ok')
}
