import { remedyText } from '../base/remedies.ts'
import Database from 'better-sqlite3'
import { contentHash } from '../base/digest.ts'
import { asString } from '../base/json.ts'
import { readDocumentGroups, type DocumentGroup } from '../bodies/groups.ts'
import { readJournal, type Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import type { CommandContext } from '../context/command-context.ts'
import { queueFiles, type QueueFile } from '../queues/queue-files.ts'
import { shapeName } from '../queues/queue-shape.ts'
import { IMPORTABLE, projectIn, STORED_TEXT } from '../queues/event-sql.ts'
import { accountOf, openConflicts } from './migrate.ts'
import { NO_EVENTS, NO_ROWS, summarize } from './report.ts'
import type {
  EventCounts,
  MigrationReport,
  SourceError,
  SourceReport,
  TableCounts,
} from './report.ts'
import { explain, readSource, SourceProblem } from '../queues/source.ts'

/** An event that a migration would bring, by project and account. */
export interface QueuedEvent {
  readonly project: string
  readonly slug: string | null
  readonly account: string
}

/**
 * Says what `migrate` would do, without changing anything.
 * @param onEvent called with each event that it would bring
 */
export function previewMigration(
  context: CommandContext,
  onEvent: (event: QueuedEvent) => void = () => undefined,
): MigrationReport {
  const sources: SourceReport[] = []
  const errors: SourceError[] = []
  const journal = readJournal({ home: context.paths.home })
  const taken = takenEvents()
  try {
    for (const file of queueFiles(context.paths)) {
      try {
        sources.push(previewSource({ context, journal, taken, onEvent }, file))
      } catch (cause) {
        const explained = explain(cause, file.path)
        if (!(explained instanceof SourceProblem)) throw cause
        errors.push({
          path: file.path,
          problem: explained.message,
          remedy: remedyText(explained.remedy),
        })
      }
    }
    const conflicts = sources.reduce((sum, { events }) => sum + events.conflicts, 0)
    return summarize(sources, errors, Math.max(conflicts, openConflicts(journal)), true)
  } finally {
    taken.close()
    journal.close()
  }
}

/** Documents that wait for the present login, here and in the queues that a migration would empty. */
export function queuedDocuments(context: CommandContext): DocumentGroup[] {
  const own = context.identity.queue_db_path
  const others = queueFiles(context.paths).filter(({ path }) => path !== own)
  const moved = others.flatMap((file) =>
    readDocumentGroups(file.path).map(({ account, ...group }) => ({
      ...group,
      account: account === '' ? accountOf(context, file) : account,
    })),
  )
  return [...readDocumentGroups(own), ...moved]
}

interface Preview {
  readonly context: CommandContext
  readonly journal: Journal
  readonly taken: Database.Database
  readonly onEvent: (event: QueuedEvent) => void
}

/** What earlier sources would bring: a file that SQLite keeps for itself, because there may be many. */
function takenEvents(): Database.Database {
  const db = new Database('')
  db.exec('CREATE TABLE taken (event_id TEXT PRIMARY KEY, envelope TEXT NOT NULL); BEGIN')
  return db
}

function previewSource(preview: Preview, file: QueueFile): SourceReport {
  const { context } = preview
  const { db, shape } = readSource(file.path)
  try {
    const events = shape.hasQueue ? previewEvents(preview, db, accountOf(context, file)) : NO_EVENTS
    const isActive = file.path === context.identity.queue_db_path
    const isLoggedIn = context.identity.auth_scope !== null
    const rows = (table: string, present: boolean): TableCounts => {
      if (!present || isActive) return NO_ROWS
      const count = Number(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get())
      return isLoggedIn ? { ...NO_ROWS, imported: count } : { ...NO_ROWS, waiting: count }
    }
    return {
      path: file.path,
      digest: file.digest,
      scope: isActive && file.digest !== 'legacy' ? 'known' : 'unknown',
      shape: shapeName(shape),
      state:
        events.conflicts > 0 ? 'conflicts' : events.imported > 0 ? 'migrated' : 'nothing-waiting',
      events,
      bodies: rows('body_upload_queue', shape.bodies !== 'none'),
      failureLog: rows('body_upload_failure_log', shape.failures !== 'none'),
    }
  } finally {
    db.close()
  }
}

interface Row {
  readonly event_id: string
  readonly text: string
  readonly project: unknown
  readonly slug: unknown
}

function previewEvents(
  { journal, taken, onEvent }: Preview,
  source: ReturnType<typeof readSource>['db'],
  account: string,
): EventCounts {
  const counts = { imported: 0, deduplicated: 0, conflicts: 0, unreadable: 0 }
  const total = Number(source.prepare('SELECT count(*) FROM queue').pluck().get())
  const inJournal = statement<Known>(
    journal.db,
    'SELECT envelope, removed_sha FROM events WHERE event_id = ?',
  )
  const before = statement<Known>(
    taken,
    'SELECT envelope, NULL AS removed_sha FROM taken WHERE event_id = ?',
  )
  const take = statement(taken, 'INSERT INTO taken VALUES (?, ?)')
  const rows = source.prepare<[], Row>(
    `SELECT q.event_id, ${STORED_TEXT} AS text, q.data ->> '$.project_slug' AS slug,
       lower(${projectIn('q.data')}) AS project
     FROM queue q WHERE ${IMPORTABLE}`,
  )
  for (const { event_id, text, project, slug } of rows.iterate()) {
    const end = fate(inJournal.get(event_id) ?? before.get(event_id), text)
    if (end === 'imported') {
      take.run(event_id, text)
      onEvent({ project: String(project), slug: asString(slug) ?? null, account })
    }
    counts[end] += 1
  }
  counts.unreadable = total - counts.imported - counts.deduplicated - counts.conflicts
  return counts
}

interface Known {
  readonly envelope: string | null
  /** Digest of a payload that was removed. */
  readonly removed_sha: string | null
}

function fate(known: Known | undefined, text: string): 'imported' | 'deduplicated' | 'conflicts' {
  if (known === undefined) return 'imported'
  if (known.envelope === text) return 'deduplicated'
  const existing = known.removed_sha ?? contentHash(known.envelope ?? 'null')
  return existing === contentHash(text) ? 'deduplicated' : 'conflicts'
}
