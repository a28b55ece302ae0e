import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'

/** Who decided, and with which command. */
export interface Decider {
  /** The account of the login, else the user of this machine; it never leaves this machine. */
  readonly who: string
  /** The command as it was typed. */
  readonly command: string
}

export interface AuditEntry extends Decider {
  readonly atMs: number
  readonly action: string
  readonly subject: string
  readonly detail: string
}

/** Notes a decision for ever; the database takes neither change nor removal of it. */
export function noteDecision(
  { db, now }: Journal,
  { who, command }: Decider,
  entry: Pick<AuditEntry, 'action' | 'subject' | 'detail'>,
): void {
  statement(
    db,
    `INSERT INTO audit (at_ms, who, command, action, subject, detail)
     VALUES (@atMs, @who, @command, @action, @subject, @detail)`,
  ).run({ ...entry, who, command, atMs: now() })
}

/** Decisions, newest first. */
export function auditEntries({ db }: Journal, limit = 100): AuditEntry[] {
  const sql = `SELECT at_ms AS atMs, who, command, action, subject, detail FROM audit
    ORDER BY audit_id DESC LIMIT ?`
  return statement<AuditEntry>(db, sql).all(limit)
}
