import Database from 'better-sqlite3'
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { CommandContext } from '../../packages/sync-engine/src/context/command-context.ts'
import { openCommandContext } from '../../packages/sync-engine/src/context/command-context.ts'
import { layLogin } from '../../fixtures/cli/login.ts'
import { migrate } from '../../packages/sync-engine/src/migration/migrate.ts'
import type { MigrationReport } from '../../packages/sync-engine/src/migration/report.ts'
import { setConfig } from '../../packages/sync-engine/src/home/config-file.ts'
import { journalPath } from '../../packages/sync-engine/src/journal/journal.ts'

export const NOW = Date.parse('2026-05-20T12:00:00Z')
const SERVER = 'https://sync.example.org'

/** A home with a login, without a server behind it: migration needs none. */
export function logInAt(home: string): void {
  setConfig(join(home, 'config.toml'), 'sync', 'server_url', SERVER)
  layLogin(home, SERVER)
}

export function foregroundAt(home: string): CommandContext {
  const env = { SPEC_KITTY_HOME: home, SPEC_KITTY_ENABLE_SAAS_SYNC: '1' }
  return openCommandContext({ env, version: '1.0.0', program: '/opt/spec-kitty', now: NOW })
}

export function migrateAt(home: string, onStatement?: (sql: string) => void): MigrationReport {
  const spy = onStatement === undefined ? {} : { onStatement }
  return migrate(foregroundAt(home), { now: () => NOW, ...spy })
}

/** The files of a home at this very moment, as a SIGKILL would leave them. */
export function snapshot(home: string, as: string): void {
  cpSync(home, as, { recursive: true })
}

/**
 * Takes the name of the journal's spare space, so that hundreds of homes stay small. A link to nowhere:
 * a reserve that is there before the journal would say that the journal was lost.
 */
export function withoutReserve(home: string): void {
  const folder = dirname(journalPath(home))
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  symlinkSync('/dev/null/nowhere', join(folder, 'reserve'))
}

/** Everything a migration decides, in comparable form: what is where, and in which order. */
export function stateOf(home: string): unknown {
  const queues = join(home, 'queues')
  const files = existsSync(queues) ? readdirSync(queues).filter((name) => name.endsWith('.db')) : []
  const journal = journalPath(home)
  return {
    events: rows(
      journal,
      'SELECT event_id, event_type, coalesce_key, envelope FROM events ORDER BY seq',
    ),
    totals: rows(journal, 'SELECT holes, removed, removed_bytes FROM journal_state'),
    bytes: rows(journal, 'SELECT max(bytes_through) = sum(size_bytes) AS ok FROM events'),
    conflicts: rows(
      journal,
      'SELECT event_id, source, incoming, resolution FROM conflicts ORDER BY 1, 2, 3',
    ),
    provenance: rows(journal, 'SELECT event_id, source FROM provenance ORDER BY 1, 2'),
    queues: [join(home, 'queue.db'), ...files.map((name) => join(queues, name))].map((path) => ({
      queue: rows(path, 'SELECT event_id, data FROM queue ORDER BY event_id'),
      bodies: rows(
        path,
        'SELECT artifact_path, content_hash, content_body FROM body_upload_queue ORDER BY 1, 2',
      ),
      failures: rows(
        path,
        'SELECT artifact_path, failure_count FROM body_upload_failure_log ORDER BY 1',
      ),
    })),
  }
}

/** Rows of a query; none where the file or the table is not there. */
export function rows(path: string, sql: string): unknown[] {
  if (!existsSync(path)) return []
  const db = new Database(path)
  try {
    return db.prepare(sql).all()
  } catch (cause) {
    if (cause instanceof Error && cause.message.startsWith('no such table')) return []
    throw cause
  } finally {
    db.close()
  }
}
