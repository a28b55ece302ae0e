import { dirname, join } from 'node:path'
import type { SqlDatabase } from '../base/sqlite.ts'
import { readIfPresent, writeAtomically } from '../home/files.ts'
import { statement } from './statements.ts'

/** A project that stands for all, in a decision that takes back only. */
export const EVERY_PROJECT = '*'

/** A decision about a project; `revoked_at_ms` is null where the consent is in force. */
interface Decision {
  readonly project: string
  readonly account: string
  readonly covers: string
  readonly revoked_at_ms: number | null
}

/**
 * What was taken back, in a file of its own beside the journal's folder: a journal whose log was lost, in whose
 * place an older copy was put, or that begins anew, would let out again what a person has taken back. It has
 * each decision about every project of which a consent was ever taken back and not given again.
 */
export function consentCopyPath(journalPath: string): string {
  return join(dirname(dirname(journalPath)), 'consent', 'taken-back.json')
}

const IN_TABLE = `
  SELECT project, account, covers, revoked_at_ms FROM consents c
  WHERE EXISTS (SELECT 1 FROM consents r
    WHERE r.revoked_at_ms IS NOT NULL AND r.project IN (c.project, '${EVERY_PROJECT}'))
  ORDER BY project, account, covers`

/**
 * Writes down what the journal has, before the change that made it so is committed: whatever is lost after
 * that, one of both places knows.
 */
export function copyConsents(db: SqlDatabase, journalPath: string): void {
  const rows = statement<Decision>(db, IN_TABLE).all()
  const path = consentCopyPath(journalPath)
  const before = readIfPresent(path)
  const text = `${JSON.stringify(rows, null, 1)}\n`
  if (text === before || (rows.length === 0 && before === undefined)) return
  writeAtomically(path, text)
}

/**
 * Takes back once more what was taken back and is in force in this journal, and writes the copy where it lacks
 * something. A copy that cannot be understood takes back everything.
 */
export function agreeWithCopy(db: SqlDatabase, journalPath: string, now: () => number): void {
  if (!isDifferent(db, journalPath)) return
  const settle = db.transaction(() => {
    // Read anew: a decision that was made meanwhile is in both places now.
    const decisions = JSON.stringify(readCopy(journalPath, now))
    statement(db, INSERT).run({ decisions })
    const taken = statement<string>(db, TAKE_BACK).pluck().all({ decisions, now: now() })
    for (const project of new Set(taken))
      statement(db, NOTE).run({ now: now(), subject: `project ${project}` })
    try {
      copyConsents(db, journalPath)
    } catch {
      // Captures go on where the copy cannot be written; the next decision has to write it.
    }
  })
  settle.immediate()
}

/** The same for a connection that must not write: the decisions of the copy lie over those of the journal. */
export function readWithCopy(db: SqlDatabase, journalPath: string, now: () => number): void {
  const decisions = JSON.stringify(readCopy(journalPath, now))
  if (decisions === '[]' || !isOfThisVersion(db)) return
  db.exec(OVERLAY)
  db.prepare(FILL).run({ decisions })
  db.exec(OVERLAY_VIEW)
}

function isDifferent(db: SqlDatabase, journalPath: string): boolean {
  const text = readIfPresent(consentCopyPath(journalPath))
  const rows = statement<Decision>(db, IN_TABLE).all()
  return text === undefined ? rows.length > 0 : text !== `${JSON.stringify(rows, null, 1)}\n`
}

/** Below an upgrade that only reading shows there are no decisions. */
function isOfThisVersion(db: SqlDatabase): boolean {
  return db.prepare(`SELECT 1 FROM temp.sqlite_schema WHERE name = 'consents'`).get() === undefined
}

function readCopy(journalPath: string, now: () => number): Decision[] {
  const text = readIfPresent(consentCopyPath(journalPath))
  if (text === undefined) return []
  try {
    const found: unknown = JSON.parse(text)
    if (Array.isArray(found) && found.every(isDecision)) return found
  } catch {
    // It is not JSON.
  }
  return [{ project: EVERY_PROJECT, account: '', covers: '', revoked_at_ms: now() }]
}

function isDecision(value: unknown): value is Decision {
  if (typeof value !== 'object' || value === null) return false
  const { project, account, covers, revoked_at_ms: at } = value as Partial<Decision>
  return [project, account, covers].every((text) => typeof text === 'string') && isTime(at)
}

function isTime(at: unknown): boolean {
  return at === null || Number.isSafeInteger(at)
}

const MEMBER = (name: string): string => `d.value ->> '$.${name}'`

const INSERT = `
  INSERT OR IGNORE INTO consents (project, account, covers, granted_at_ms, granted_by, command, revoked_at_ms)
  SELECT ${MEMBER('project')}, ${MEMBER('account')}, ${MEMBER('covers')}, ${MEMBER('revoked_at_ms')}, '',
    'taken back before', ${MEMBER('revoked_at_ms')}
  FROM json_each(@decisions) d WHERE ${MEMBER('revoked_at_ms')} IS NOT NULL`

/** What the copy tells about a consent, or about its project, and does not say to be in force. */
const contradicts = (copy: string, member: (name: string) => string): string => `
  EXISTS (SELECT 1 FROM ${copy} d WHERE ${member('project')} IN (c.project, '${EVERY_PROJECT}'))
  AND NOT EXISTS (SELECT 1 FROM ${copy} d WHERE ${member('project')} = c.project
    AND ${member('account')} = c.account AND ${member('covers')} = c.covers
    AND ${member('revoked_at_ms')} IS NULL)`

const TAKE_BACK = `
  UPDATE consents AS c SET revoked_at_ms = @now
  WHERE revoked_at_ms IS NULL AND ${contradicts('json_each(@decisions)', MEMBER)} RETURNING project`

const NOTE = `
  INSERT INTO audit (at_ms, who, command, action, subject, detail)
  VALUES (@now, 'this home', 'taken back before', 'revoke', @subject, 'the journal had lost it')`

const OVERLAY = `
  CREATE TEMP TABLE consent_copy (project TEXT, account TEXT, covers TEXT, revoked_at_ms INTEGER)`

const FILL = `
  INSERT INTO consent_copy SELECT ${MEMBER('project')}, ${MEMBER('account')}, ${MEMBER('covers')},
    ${MEMBER('revoked_at_ms')} FROM json_each(@decisions) d`

const OVERLAY_VIEW = `
  CREATE TEMP VIEW consents AS
  SELECT consent_id, project, account, covers, granted_at_ms, granted_by, command,
    coalesce(revoked_at_ms, CASE WHEN ${contradicts('consent_copy', (name) => `d.${name}`)}
      THEN (SELECT max(revoked_at_ms) FROM consent_copy) END) AS revoked_at_ms
  FROM main.consents c
  UNION ALL
  SELECT NULL, project, account, covers, revoked_at_ms, '', 'taken back before', revoked_at_ms
  FROM consent_copy d WHERE revoked_at_ms IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM main.consents c WHERE c.project = d.project AND c.account = d.account
      AND c.covers = d.covers)`
