/** Pieces of SQL that the copy, the comparison and the clean-up of queued events share. */

/** One stretch of a source in the order of the field: enqueue second, then row. */
export interface PageBounds {
  readonly rows: number
  readonly fromSecond: Second
  readonly fromId: bigint
  readonly toSecond: Second
  readonly toId: bigint
}

/** As it lies there: nanoseconds, say, are more than a number holds, and nothing keeps a text out. */
export type Second = bigint | number | string | Buffer

export interface EventCopy {
  /** The oldest generation has no coalesce key. */
  readonly coalesceKey: 'q.coalesce_key' | 'NULL'
  /** Digest of the source, recorded as provenance. */
  readonly digest: string
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly onPage: (page: PageBounds) => void
}

export const IN_PAGE = `
  (q.timestamp, q.id) > (@fromSecond, @fromId) AND (q.timestamp, q.id) <= (@toSecond, @toId)`

/**
 * A row that holds one event under its own id. Anything else stays in the source. JSON ends at a NUL for
 * SQLite, and so does `%s`: whatever stands behind one is no event.
 */
export const IMPORTABLE = `
  CASE WHEN typeof(q.data) = 'text' AND json_valid(q.data)
    THEN q.data ->> '$.event_id' = q.event_id
      AND typeof(q.event_type) = 'text' AND q.event_type <> ''
      AND octet_length(format('%s', q.data)) = octet_length(q.data)
    ELSE 0 END`

/**
 * The text as this journal keeps it: local book-keeping removed, and an unknown team in front, where a
 * delivery can fill it in. The content stays the same.
 */
export const STORED_TEXT = `
  CASE
    WHEN coalesce(q.data ->> '$.team_slug', '') = ''
      THEN '{"team_slug":null,'
        || substr(json_remove(q.data, '$.team_slug', '$.drain_blocked_reason'), 2)
    WHEN instr(q.data, '"drain_blocked_reason"') > 0
      THEN json_remove(q.data, '$.drain_blocked_reason')
    ELSE q.data
  END`
