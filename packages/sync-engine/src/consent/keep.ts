import type { Journal } from '../journal/journal.ts'
import { EVERY_PROJECT } from '../journal/consent-copy.ts'
import { statement } from '../journal/statements.ts'

/** Rows of another journal of this home. */
export interface KeptDecisions {
  readonly consents: readonly object[]
  readonly audit: readonly object[]
}

const CONSENT = `
  INSERT OR IGNORE INTO consents (project, account, covers, granted_at_ms, granted_by, command, revoked_at_ms)
  VALUES (@project, @account, @covers, @granted_at_ms, @granted_by, @command, @revoked_at_ms)`

const AUDIT = `
  INSERT INTO audit (at_ms, who, command, action, subject, detail)
  VALUES (@at_ms, @who, @command, @action, @subject, @detail)`

/** Writes decisions into a journal that has none. */
export function keepDecisions({ db }: Journal, { consents, audit }: KeptDecisions): void {
  const write = db.transaction(() => {
    for (const row of consents) statement(db, CONSENT).run(row)
    for (const row of audit) statement(db, AUDIT).run(row)
  })
  write.immediate()
}

/** What was decided is unknown: no project is agreed for by being in it, until a person does so. */
export function closeToAll({ db, now }: Journal): void {
  const command = 'doctor journal --repair'
  statement(db, CONSENT).run({
    project: EVERY_PROJECT,
    account: '',
    covers: '',
    granted_at_ms: now(),
    granted_by: '',
    command,
    revoked_at_ms: now(),
  })
}
