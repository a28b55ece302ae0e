import { quoted } from '../base/remedies.ts'
import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import { senderParameters, isAllowed } from './allowed.ts'
import type { Sender } from './sender.ts'

/** Events of one stream that a target has not got, and whether they may go there. */
export interface StreamCount {
  readonly project: string
  /** The project's name as its newest event says it. */
  readonly slug: string | null
  /** The account they were captured under; empty for none. */
  readonly account: string
  readonly events: number
  /** Of these, what the target did not take when it was sent; only where it may not be sent again. */
  readonly tried?: number
  /** Of these, what was never sent and waits for no predecessor. */
  readonly fresh?: number
  readonly allowed: boolean
}

const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u

/**
 * The command that lets a stream go out. Project and account are words of others: a shell must take each for
 * one word, whatever is in it.
 * @param own the account that delivers
 */
export function allowCommand(
  { project, account }: Pick<StreamCount, 'project' | 'account'>,
  own: string,
): string {
  const foreign = account === '' || account === own ? '' : ` ${option('account', account)}`
  // What nobody can type on one line is agreed to with all that waits beside it.
  const isTypable = project.trim() !== '' && !CONTROL.test(project)
  const named = isTypable ? option('project', project) : '--all'
  return `spec-kitty sync allow ${named}${foreign}`
}

/** What looks like an option of its own is tied to the one that it is the value of. */
function option(name: string, value: string): string {
  return `--${name}${value.startsWith('-') ? '=' : ' '}${quoted(value)}`
}

interface StreamRow {
  readonly stream_id: number
  readonly project: string
  readonly account: string
  readonly allowed: number
  /** The target has everything of the stream up to here. */
  readonly through: number
}

/**
 * Undelivered events by project and account, those that are to be sent again among them. `generationId` is
 * undefined for a target never served.
 */
export function undeliveredByStream(
  journal: Journal,
  generationId: number | undefined,
  sender: Sender,
): StreamCount[] {
  return streamRows(journal, generationId, sender).map((row) => {
    const stream = counted(journal, generationId, row)
    const again = generationId === undefined ? 0 : sentAgain(journal, generationId, row)
    return {
      ...stream,
      slug: stream.slug ?? lastSlug(journal.db, row),
      events: stream.events + again,
    }
  })
}

/** What waits for a consent, stream by stream; costs nothing where everything may go. */
export function waitingForConsent(
  journal: Journal,
  generationId: number | undefined,
  sender: Sender,
): StreamCount[] {
  // Without a login it is the login that everything waits for.
  if (sender.kind === 'login' && sender.account === '') return []
  return streamRows(journal, generationId, sender)
    .filter(({ allowed }) => allowed === 0)
    .map((row) => withTried(journal, generationId, row))
    .filter(({ events }) => events > 0)
}

/** What was sent and not taken before a consent was taken back waits for one, too. */
function withTried(
  journal: Journal,
  generationId: number | undefined,
  row: StreamRow,
): StreamCount {
  const stream = counted(journal, generationId, row)
  if (generationId === undefined) return stream
  const count = (sql: string): number =>
    Number(statement(journal.db, sql).pluck().get(openParameters(generationId, row)))
  const tried = count(TRIED)
  return { ...stream, events: stream.events + count(HELD) + tried, tried, fresh: stream.events }
}

function streamRows(
  { db }: Journal,
  generationId: number | undefined,
  sender: Sender,
): StreamRow[] {
  const sql = `
    SELECT s.stream_id, s.project, s.account, ${isAllowed(sender)} AS allowed,
      coalesce(
        (SELECT through FROM lagging WHERE generation_id = @generation AND stream_id = s.stream_id),
        (SELECT recorded_through FROM generations WHERE generation_id = @generation), 0) AS through
    FROM streams s ORDER BY s.project, s.account`
  const parameters = { ...senderParameters(sender), generation: generationId ?? -1 }
  return statement<StreamRow>(db, sql).all(parameters)
}

/** The events of stream `@stream`; those of version 1 are found by their project. */
export const OF_STREAM = `
  SELECT seq FROM events WHERE stream_id = @stream AND seq > @through AND envelope IS NOT NULL
  UNION ALL
  SELECT seq FROM events NOT INDEXED WHERE @account = '' AND seq > @through
    AND seq <= (SELECT streams_after FROM journal_state)
    AND stream_id IS NULL AND lower(producer) = @project AND envelope IS NOT NULL`

function counted(
  { db }: Journal,
  generationId: number | undefined,
  { stream_id: stream, project, account, allowed, through }: StreamRow,
): StreamCount {
  const parameters = { stream, project, account, through }
  const count = `SELECT count(*) FROM (${OF_STREAM}) o WHERE NOT EXISTS (
    SELECT 1 FROM ledger l WHERE l.generation_id = @generation AND l.seq = o.seq)`
  const events = Number(
    statement(db, count)
      .pluck()
      .get({ ...parameters, generation: generationId ?? -1 }),
  )
  return { project, slug: slugOf(db, parameters), account, events, allowed: allowed === 1 }
}

const NOT_TAKEN = `
  SELECT seq FROM ledger WHERE generation_id = @generation AND next_attempt_at_ms IS NOT NULL`

const HELD_BACK = 'SELECT seq FROM held WHERE generation_id = @generation AND seq <= @through'

const thoseOfStream = (open: string): string => `
  SELECT count(*) FROM (${open}) o JOIN events e USING (seq)
  WHERE e.envelope IS NOT NULL AND (e.stream_id = @stream
    OR (e.stream_id IS NULL AND @account = '' AND lower(e.producer) = @project))`

/** Events that a target did not take yet, and those that wait for one of them. */
const SENT_AGAIN = thoseOfStream(`${NOT_TAKEN} UNION ${HELD_BACK}`)
const HELD = thoseOfStream(HELD_BACK)
const TRIED = thoseOfStream(`${NOT_TAKEN} AND status IN ('rejected', 'transient')`)

function sentAgain({ db }: Journal, generation: number, row: StreamRow): number {
  return Number(statement(db, SENT_AGAIN).pluck().get(openParameters(generation, row)))
}

function openParameters(
  generation: number,
  { stream_id: stream, project, account, through }: StreamRow,
): Record<string, unknown> {
  return { generation, stream, project, account, through }
}

/** The name of the project, from whatever event of the stream is still here. */
function lastSlug(db: Journal['db'], row: StreamRow): string | null {
  return slugOf(db, {
    stream: row.stream_id,
    project: row.project,
    account: row.account,
    through: 0,
  })
}

function slugOf(db: Journal['db'], parameters: Record<string, unknown>): string | null {
  const sql = `SELECT CASE WHEN json_valid(envelope) THEN envelope ->> '$.project_slug' END
    FROM events WHERE seq = (SELECT max(seq) FROM (${OF_STREAM}))`
  return statement<string | null>(db, sql).pluck().get(parameters) ?? null
}

/** How many events of streams that lag behind the cursor a target has not got. */
export function laggingCount({ db }: Journal, generationId: number): number {
  const rows = statement<{ stream: number; project: string; account: string; through: number }>(
    db,
    `SELECT lag.stream_id AS stream, s.project, s.account, lag.through
     FROM lagging lag JOIN streams s USING (stream_id) WHERE lag.generation_id = ?`,
  ).all(generationId)
  const sql = `SELECT count(*) FROM (${OF_STREAM}) o WHERE o.seq <= (
      SELECT recorded_through FROM generations WHERE generation_id = @generationId)
    AND NOT EXISTS (SELECT 1 FROM ledger l WHERE l.generation_id = @generationId AND l.seq = o.seq)
    AND NOT EXISTS (SELECT 1 FROM held h WHERE h.generation_id = @generationId AND h.seq = o.seq)`
  return rows.reduce(
    (sum, row) =>
      sum +
      Number(
        statement(db, sql)
          .pluck()
          .get({ ...row, generationId }),
      ),
    0,
  )
}
