import { remedyText } from '../base/remedies.ts'
import { openBodies } from '../bodies/database.ts'
import { openJournal, type Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import { NO_ACCOUNT } from '../target/account.ts'
import { scopeDigest } from '../target/scope.ts'
import type { CommandContext } from '../context/command-context.ts'
import { queueFiles, type QueueFile } from '../queues/queue-files.ts'
import { shapeName, type QueueShape } from '../queues/queue-shape.ts'
import { copyBodies, renameRetiredColumns, waitingRows, type BodyCopy } from './bodies.ts'
import { cleanUp } from './clean-up.ts'
import { copyEvents } from './events.ts'
import { MigrationLog } from './log.ts'
import { NO_EVENTS, NO_ROWS, summarize } from './report.ts'
import type { EventCounts, MigrationReport, SourceError, SourceReport } from './report.ts'
import { explain, holdSource, SourceProblem } from '../queues/source.ts'

export interface MigrationOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly onProgress?: (done: { readonly source: string; readonly rows: number }) => void
  /** Called with every statement on every database as it starts; the crash tests strike here. */
  readonly onStatement?: (sql: string) => void
}

/**
 * Moves whatever sits in legacy and scoped queue databases to its one proper place: events into the
 * journal, documents and failures into the active scope's database. Explicit, re-runnable, and safe to
 * kill at any statement: a row leaves its source only after its copy is committed and verified
 * (SYNC/FR-013, SYNC/NFR-005, BOUNDARY/FR-001, BOUNDARY/FR-002).
 */
export function migrate(context: CommandContext, options: MigrationOptions): MigrationReport {
  const sources: SourceReport[] = []
  const errors: SourceError[] = []
  const files = queueFiles(context.paths)
  const journal = openJournal({
    home: context.paths.home,
    now: options.now,
    frees: true,
    ...spyOf(options),
  })
  const log = new MigrationLog(context.paths.migrationLog, options.now)
  try {
    for (const file of files) {
      try {
        sources.push(migrateSource({ context, options, journal, log }, file))
      } catch (cause) {
        errors.push(asSourceError(file, cause, log))
      }
    }
    return summarize(sources, errors, openConflicts(journal), false)
  } finally {
    log.close()
    journal.close()
  }
}

interface Work {
  readonly context: CommandContext
  readonly options: MigrationOptions
  readonly journal: Journal
  readonly log: MigrationLog
}

function spyOf({ onStatement }: MigrationOptions): { onStatement?: (sql: string) => void } {
  return onStatement === undefined ? {} : { onStatement }
}

function asSourceError(file: QueueFile, cause: unknown, log: MigrationLog): SourceError {
  const explained = explain(cause, file.path)
  if (!(explained instanceof SourceProblem)) throw cause
  log.note({ source: file.digest, state: 'failed', problem: explained.message })
  return { path: file.path, problem: explained.message, remedy: remedyText(explained.remedy) }
}

function migrateSource(work: Work, file: QueueFile): SourceReport {
  const { context, options, log } = work
  const { db: held, shape } = holdSource(file.path, options.onStatement)
  try {
    const events = shape.hasQueue ? takeEvents(work, file, shape) : NO_EVENTS
    const isActive = file.path === context.identity.queue_db_path
    const bodies = takeBodies(work, file, { held, shape, isActive })
    if (isActive) renameRetiredColumns(held, shape)
    cleanUp(held, shape, { events, bodies, isActive })
    held.exec('COMMIT')
    log.note({ source: file.digest, state: 'committed', ...events })
    return reportOf(context, file, shape, events, bodies)
  } finally {
    held.close()
  }
}

/**
 * Whose rows a queue holds. The digest of a scope is one-way: what belongs to another login than the
 * present one keeps the digest as the name of its account.
 */
export function accountOf({ identity, account }: CommandContext, { digest }: QueueFile): string {
  if (digest === 'legacy') return NO_ACCOUNT
  const scope = identity.auth_scope
  return scope !== null && scopeDigest(scope) === digest ? account : `queue-${digest}`
}

/** The journal's own transaction: once it returns, every event of this source is durable there. */
function takeEvents(
  { context, journal, options, log }: Work,
  file: QueueFile,
  shape: QueueShape,
): EventCounts {
  const { db } = journal
  db.prepare('ATTACH ? AS source').run(file.path)
  try {
    // Deferred, because IMMEDIATE would also ask for the lock of the source that we hold ourselves.
    db.exec('BEGIN')
    db.exec('UPDATE journal_state SET claimed_through = claimed_through')
    const before = newest(journal)
    const counts = copyEvents(db, {
      coalesceKey: shape.hasCoalesceKey ? 'q.coalesce_key' : 'NULL',
      digest: file.digest,
      account: accountOf(context, file),
      now: options.now(),
      onPage: (page) => {
        log.copied(db, file.digest, page)
        options.onProgress?.({ source: file.path, rows: page.rows })
      },
    })
    db.exec('COMMIT')
    verify(journal, before, counts.imported)
    return counts
  } catch (cause) {
    if (db.inTransaction) db.exec('ROLLBACK')
    throw cause
  } finally {
    db.exec('DETACH source')
  }
}

function newest({ db }: Journal): number {
  return Number(statement(db, 'SELECT coalesce(max(seq), 0) FROM events').pluck().get())
}

/** Looks at what is committed, not at what was meant to be. Other captures may stand in between. */
function verify(journal: Journal, before: number, imported: number): void {
  const found = Number(
    statement(journal.db, 'SELECT count(*) FROM events WHERE seq > ?').pluck().get(before),
  )
  if (found < imported) throw new Error(`${imported} events were copied, ${found} are there`)
}

interface BodySource {
  readonly held: ReturnType<typeof holdSource>['db']
  readonly shape: QueueShape
  readonly isActive: boolean
}

function takeBodies(
  { context, options, log }: Work,
  file: QueueFile,
  source: BodySource,
): BodyCopy {
  const { held, shape, isActive } = source
  if (isActive) return { bodies: NO_ROWS, failureLog: NO_ROWS, keep: [] }
  if (context.identity.auth_scope === null)
    return {
      bodies: waitingRows(held, 'body_upload_queue', shape.bodies),
      failureLog: waitingRows(held, 'body_upload_failure_log', shape.failures),
      keep: [],
    }
  if (shape.bodies === 'none' && shape.failures === 'none')
    return { bodies: NO_ROWS, failureLog: NO_ROWS, keep: [] }
  const active = openBodies(context.identity.queue_db_path, options.onStatement)
  try {
    active.prepare('ATTACH ? AS source').run(file.path)
    const onCopied = (table: string, slug: string): void =>
      log.copiedBodies(active, file.digest, table, slug)
    const origin = { account: accountOf(context, file), onCopied }
    return active.transaction(() => copyBodies(active, shape, origin)).deferred()
  } finally {
    active.close()
  }
}

function reportOf(
  context: CommandContext,
  file: QueueFile,
  shape: QueueShape,
  events: EventCounts,
  { bodies, failureLog }: BodyCopy,
): SourceReport {
  const scope = context.identity.auth_scope
  const isKnown = scope !== null && scopeDigest(scope) === file.digest
  const moved = events.imported + events.deduplicated + bodies.imported + failureLog.imported
  const state =
    events.conflicts > 0
      ? 'conflicts'
      : moved > 0 || bodies.deduplicated > 0
        ? 'migrated'
        : 'nothing-waiting'
  return {
    path: file.path,
    digest: file.digest,
    scope: isKnown ? 'known' : 'unknown',
    shape: shapeName(shape),
    state,
    events,
    bodies,
    failureLog,
  }
}

/** Conflicts that nobody has decided yet. */
export function openConflicts({ db }: Journal): number {
  const sql = 'SELECT count(*) FROM conflicts WHERE resolved_at_ms IS NULL'
  return Number(statement(db, sql).pluck().get())
}
