import type { SqlDatabase } from '../base/sqlite.ts'
import { statement } from '../journal/statements.ts'
import type { Sender } from './sender.ts'

/** Streams that may go out, as the selections take them. */
export interface AllowedStreams {
  /** Whether it is all streams that the journal has. */
  readonly all: boolean
  /** JSON list of stream numbers. */
  readonly streams: string
  /** JSON list of projects whose events without a stream number may go out. */
  readonly projects: string
}

/** Not limited by consent: the caller answers for what goes out. */
export const EVERYTHING: AllowedStreams = { all: true, streams: '[]', projects: '[]' }

// What was captured without a login belongs to its project, so the consent of the sender's own account
// covers it. An account of its own name is covered by its own consent, another one only by a grant that
// names it. What nobody has agreed to is not in the list: the default is no.
const FOR_LOGIN = `EXISTS (
  SELECT 1 FROM consents c WHERE c.project = s.project AND c.account = @account
    AND c.account <> '' AND c.revoked_at_ms IS NULL AND (
      c.covers = s.account
      OR (c.covers = c.account AND s.account IN ('', @queueName))))`

// An endpoint has no account that could be a foreign one: each account's own consent counts.
const FOR_ENDPOINT = `EXISTS (
  SELECT 1 FROM consents c WHERE c.project = s.project AND c.revoked_at_ms IS NULL AND (
      (c.covers = s.account AND c.account IN (c.covers, '', @account))
      OR (c.covers = c.account AND s.account IN ('', @queueName))))`

/** The condition under which stream `s` may go out. */
export function isAllowed(sender: Sender): string {
  return sender.kind === 'login' ? FOR_LOGIN : FOR_ENDPOINT
}

/** The parameters of that condition. */
export function senderParameters({ account, queueName }: Sender): Record<string, string> {
  return { account, queueName: queueName ?? '' }
}

/** Which streams the sender may take at this moment. */
export function allowedStreams(db: SqlDatabase, sender: Sender | undefined): AllowedStreams {
  if (sender === undefined) return EVERYTHING
  const row = statement<{ total: number; streams: string; projects: string; allowed: number }>(
    db,
    `SELECT count(*) AS total, coalesce(sum(allowed), 0) AS allowed,
       json_group_array(stream_id) FILTER (WHERE allowed) AS streams,
       json_group_array(project) FILTER (WHERE allowed AND account = '') AS projects
     FROM (SELECT s.stream_id, s.project, s.account, ${isAllowed(sender)} AS allowed FROM streams s)`,
  ).get(senderParameters(sender))
  if (row === undefined) return { all: false, streams: '[]', projects: '[]' }
  return { all: row.total === row.allowed, streams: row.streams, projects: row.projects }
}

/**
 * Whether something of a project may go with the sender: what is counted or sent without being a row of the
 * journal yet, such as documents and the rows of old queues. Asked anew each time, because a person may take
 * a consent back meanwhile.
 * @param captured the account that it was captured under; empty for none
 */
export function mayGo(
  db: SqlDatabase,
  sender: Sender,
  { project, account: captured }: { readonly project: string; readonly account: string },
): boolean {
  const sql = `SELECT ${isAllowed(sender)} FROM (SELECT @project AS project, @captured AS account) s`
  const parameters = { ...senderParameters(sender), project: project.toLowerCase(), captured }
  return statement<number>(db, sql).pluck().get(parameters) === 1
}
