import { advice } from '../base/remedies.ts'
import { openJournal, type Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import { SyncError } from '../base/errors.ts'
import type { HomePaths } from '../home/home.ts'
import { MigrationLog } from './log.ts'
import { selected, type ResolveReport, type Selection } from './selection.ts'
import { takeIncoming } from './take-incoming.ts'

export type Decision = 'keep-existing' | 'take-incoming'

export interface ResolveRequest {
  readonly decision: Decision
  /** One event, or every undecided conflict. */
  readonly eventId?: string | undefined
  /** Only the version from this source (`legacy` or a digest). */
  readonly source?: string | undefined
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/**
 * Decides divergent duplicates, one or all of them, with a line of audit for each run. Both payloads
 * stay on record whatever is decided (SYNC/FR-018).
 * @throws {SyncError} `unknown-conflict` if nothing undecided matches
 */
export function resolveConflicts(paths: HomePaths, request: ResolveRequest): ResolveReport {
  const journal = openJournal({ home: paths.home, now: request.now })
  try {
    const selection = { eventId: request.eventId ?? null, source: request.source ?? null }
    requireMatch(journal, selection)
    const report =
      request.decision === 'keep-existing'
        ? keepExisting(journal, selection)
        : takeIncoming(journal, selection)
    audit(paths, request, report)
    return report
  } finally {
    journal.close()
  }
}

function requireMatch({ db, path }: Journal, selection: Selection): void {
  const found = statement(db, `SELECT 1 FROM conflicts WHERE ${selected('conflicts')} LIMIT 1`).get(
    selection,
  )
  if (found !== undefined) return
  throw new SyncError({
    code: 'unknown-conflict',
    what: 'no undecided conflict matches',
    where: path,
    remedy: advice('list them: spec-kitty sync status --json (migration_conflicts)'),
  })
}

function keepExisting({ db, now }: Journal, selection: Selection): ResolveReport {
  const { changes } = statement(
    db,
    `UPDATE conflicts SET resolved_at_ms = @now, resolution = 'kept-existing' WHERE ${selected('conflicts')}`,
  ).run({ ...selection, now: now() })
  return { resolved: changes, refused: [], refusedCount: 0 }
}

function audit(paths: HomePaths, request: ResolveRequest, report: ResolveReport): void {
  const log = new MigrationLog(paths.migrationLog, request.now)
  const { decision, eventId = 'all', source = 'all' } = request
  log.note({
    audit: 'conflicts-resolved',
    decision,
    event: eventId,
    source,
    resolved: report.resolved,
    refused: report.refusedCount,
  })
  log.close()
}
