import Database from 'better-sqlite3'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { queueRows } from '../../fixtures/cli/queues.ts'
import { journalPath } from '../../packages/sync-engine/src/journal/journal.ts'

/** Who the current target is: the server of the configuration and the login there. */
export interface CurrentTarget {
  readonly url: string
  readonly team: string
  readonly email: string
}

const LIVE = 'FROM events WHERE envelope IS NOT NULL'
const HAS = `SELECT 1 FROM ledger l WHERE l.seq = e.seq AND l.status IN ('success', 'duplicate')`
const AT_CURRENT = `AND l.generation_id = (SELECT generation_id FROM generations g JOIN targets t
  USING (target_id) WHERE g.is_current = 1 AND t.canonical_url = @url AND t.team_slug = @team
  AND t.user_email = @email)`
const NOWHERE_FORGOTTEN = `l.generation_id IN (SELECT generation_id FROM generations WHERE is_current = 1)`

/**
 * What the sections of status must say, counted row by row: no counter and no position of the engine
 * is believed, payload bytes are measured.
 */
export function countedSections(home: string, current: CurrentTarget): Record<string, object> {
  const db = new Database(journalPath(home), { readonly: true })
  const read = (sql: string): unknown =>
    db
      .prepare(sql)
      .pluck()
      .get({ ...current }) ?? null
  const status = (name: string): unknown =>
    read(`SELECT count(*) FROM ledger l WHERE ${NOWHERE_FORGOTTEN} AND l.status = '${name}'`)
  const delivered = (where: string): unknown =>
    read(`SELECT count(*) FROM ledger l WHERE ${NOWHERE_FORGOTTEN}
          AND l.status IN ('success', 'duplicate') ${where}`)
  const here = Number(delivered(AT_CURRENT))
  const open = 'FROM conflicts WHERE resolved_at_ms IS NULL'
  try {
    return {
      event_journal: {
        retained_event_count: read(`SELECT count(*) ${LIVE}`),
        archived_event_count: read(
          'SELECT count(*) FROM events WHERE archived_at_ms IS NOT NULL AND envelope IS NULL',
        ),
        oldest_retained_event_at: read(`SELECT occurred_at ${LIVE} ORDER BY seq LIMIT 1`),
        journal_size_bytes: read(`SELECT coalesce(sum(length(CAST(envelope AS BLOB))), 0) ${LIVE}`),
      },
      delivery_ledger: {
        delivered_current_target: here,
        delivered_previous_target: Number(delivered('')) - here,
        pending: status('pending'),
        rejected: status('rejected'),
        transient: status('transient'),
        undelivered_current_target: read(
          `SELECT count(*) FROM events e WHERE envelope IS NOT NULL AND NOT EXISTS (${HAS} ${AT_CURRENT})`,
        ),
      },
      migration_conflicts: {
        count: read(`SELECT count(*) ${open}`),
        cleanup_blocked: Number(read(`SELECT count(*) ${open}`)) > 0,
        conflicts: db
          .prepare(
            `SELECT event_id, source AS source_digest, existing_sha, incoming_sha, detail ${open}
             ORDER BY conflict_id`,
          )
          .all(),
      },
      terminal_failures: {
        count: status('terminal-failed'),
        events: db
          .prepare(
            `SELECT e.event_id, g.target_id, coalesce(l.detail, l.category) AS last_error
             FROM ledger l JOIN events e USING (seq) JOIN generations g USING (generation_id)
             WHERE l.status = 'terminal-failed' AND g.is_current = 1`,
          )
          .all(),
      },
    }
  } finally {
    db.close()
  }
}

/** The same for the queue databases: of the active scope, of the time before scopes, of any other. */
export function countedQueues(
  home: string,
  active: string,
  others: readonly string[],
): Record<string, unknown> {
  const rows = (path: string): ReturnType<typeof queueRows> =>
    existsSync(path) ? queueRows(path) : { events: 0, bodies: 0, failures: 0 }
  const legacy = rows(join(home, 'queue.db'))
  const own = rows(active)
  return {
    active_queue: { path: active, event_count: own.events, body_upload_count: own.bodies },
    body_upload_compatibility: {
      body_upload_queue_count: own.bodies,
      body_upload_failure_log_count: own.failures,
    },
    legacy_queue: {
      path: join(home, 'queue.db'),
      event_count: legacy.events,
      body_upload_count: legacy.bodies,
      failure_log_count: legacy.failures,
      rows_in_scope: legacy.events + legacy.bodies + legacy.failures,
    },
    stranded_queues: others.map((path) => ({
      path,
      event_count: rows(path).events,
      body_upload_count: rows(path).bodies,
      failure_log_count: rows(path).failures,
    })),
  }
}
