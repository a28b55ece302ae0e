import { copyConsents, EVERY_PROJECT } from '../journal/consent-copy.ts'
import type { Journal } from '../journal/journal.ts'
import { withReserve } from '../journal/reserve.ts'
import { statement } from '../journal/statements.ts'
import { noteDecision, type Decider } from './audit.ts'

/** May events of this project go out for this account? */
export interface Consent {
  readonly project: string
  /** The account that delivers. */
  readonly account: string
  /** The account they were captured under; the same one unless a person named another. */
  readonly covers: string
}

export interface ConsentRow extends Consent {
  readonly grantedAtMs: number
  readonly grantedBy: string
  readonly command: string
  readonly revokedAtMs: number | null
}

/** Every decision that is in force or was taken back. */
export function listConsents({ db }: Journal): ConsentRow[] {
  return statement<ConsentRow>(
    db,
    `SELECT project, account, covers, granted_at_ms AS grantedAtMs, granted_by AS grantedBy, command,
       revoked_at_ms AS revokedAtMs FROM consents ORDER BY project, account, covers`,
  ).all()
}

const GRANT = `
  INSERT INTO consents (project, account, covers, granted_at_ms, granted_by, command)
  VALUES (@project, @account, @covers, @atMs, @who, @command)
  ON CONFLICT (project, account, covers) DO UPDATE SET granted_at_ms = excluded.granted_at_ms,
    granted_by = excluded.granted_by, command = excluded.command, revoked_at_ms = NULL`

/** Lets events go out, because a person said so; audited with what was shown. */
export function grant(journal: Journal, consent: Consent, by: Decider, shown: string): void {
  const write = journal.db.transaction(() => {
    statement(journal.db, GRANT).run({ ...consent, ...by, atMs: journal.now() })
    noteDecision(journal, by, { action: 'allow', subject: subjectOf(consent), detail: shown })
    copyConsents(journal.db, journal.path)
  })
  withReserve(journal.db, journal.path, () => write.immediate())
}

/** Whether nobody has decided about a project and account yet. Reads only. */
export function isUndecided(
  { db }: Journal,
  { project, account }: Pick<Consent, 'project' | 'account'>,
): boolean {
  const known = `SELECT 1 FROM consents WHERE project IN (@project, '${EVERY_PROJECT}') AND (
    (account = @account AND covers = account) OR revoked_at_ms IS NOT NULL)`
  return statement(db, known).get({ project, account }) === undefined
}

/**
 * Logging in and switching sync on in a project covers project and account, unless somebody took the
 * consent for that project back: then only `sync allow` gives it again.
 * @returns whether it was new
 */
export function coverProject(
  journal: Journal,
  { project, account }: Pick<Consent, 'project' | 'account'>,
  by: Decider,
): boolean {
  if (!isUndecided(journal, { project, account })) return false
  const consent = { project, account, covers: account }
  const write = journal.db.transaction((): boolean => {
    if (!isUndecided(journal, consent)) return false
    statement(journal.db, GRANT).run({ ...consent, ...by, atMs: journal.now() })
    const detail = 'sync was switched on in the project'
    noteDecision(journal, by, { action: 'allow', subject: subjectOf(consent), detail })
    copyConsents(journal.db, journal.path)
    return true
  })
  return withReserve(journal.db, journal.path, () => write.immediate())
}

/**
 * Takes back every consent of a project. A target's cursor passes over its events from now on, so the
 * position from which they would have to be sent is kept.
 */
export function revoke(
  journal: Journal,
  { project, account }: Pick<Consent, 'project' | 'account'>,
  by: Decider,
): void {
  const { db } = journal
  const write = db.transaction(() => {
    const at = { project, account, covers: account, ...by, atMs: journal.now() }
    statement(db, `${GRANT.split('ON CONFLICT')[0] ?? ''} ON CONFLICT DO NOTHING`).run(at)
    statement(
      db,
      'UPDATE consents SET revoked_at_ms = ? WHERE project = ? AND revoked_at_ms IS NULL',
    ).run(journal.now(), project)
    statement(
      db,
      `INSERT OR IGNORE INTO lagging (generation_id, stream_id, through)
       SELECT g.generation_id, s.stream_id, g.recorded_through FROM generations g, streams s
       WHERE s.project = ?`,
    ).run(project)
    noteDecision(journal, by, { action: 'revoke', subject: `project ${project}`, detail: '' })
    copyConsents(db, journal.path)
  })
  withReserve(journal.db, journal.path, () => write.immediate())
}

function subjectOf({ project, account, covers }: Consent): string {
  const foreign = covers === account ? '' : `, captured under ${covers || 'no account'}`
  return `project ${project}, for ${account || 'this endpoint'}${foreign}`
}
