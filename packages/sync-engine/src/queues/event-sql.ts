import { MOST_EVENT_BYTES } from '../base/event-bounds.ts'

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
  /** The account that the rows were queued under; empty for the time without a login. */
  readonly account: string
  /** The oldest generation has no coalesce key. */
  readonly coalesceKey: 'q.coalesce_key' | 'NULL'
  /** Digest of the source, recorded as provenance. */
  readonly digest: string
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly onPage: (page: PageBounds) => void
}

/** Characters that no name of anything has. */
const HAS_CONTROL = `'*[' || char(1) || '-' || char(31) || char(127) || ']*'`

export const IN_PAGE = `
  (q.timestamp, q.id) > (@fromSecond, @fromId) AND (q.timestamp, q.id) <= (@toSecond, @toId)`

/** The first field that an event gives more than once, or null. */
export const twiceIn = (text: string): string => `named_twice(${text})`

/**
 * The project of an event; where it names two, nobody can say which of them is meant.
 * @param twice what `named_twice` says of the text, where it is known already
 */
export const projectIn = (text: string, twice = twiceIn(text)): string => `
  CASE WHEN json_type(${text}, '$.project_uuid') = 'text' AND ${twice} IS NOT 'project_uuid'
    THEN ${text} ->> '$.project_uuid' ELSE 'unknown' END`

/** A member of an event, of two of a name the last. */
export const memberIn = (text: string, name: string, twice = twiceIn(text)): string => `
  CASE WHEN ${twice} IS NULL THEN ${text} ->> '$.${name}' ELSE last_text(${text}, '${name}') END`

/** The number of an aggregate where SQL would read another one than an import; else it is computed when needed. */
export const aggregateIn = (text: string, project: string, twice = twiceIn(text)): string => `
  CASE WHEN ${twice} IS NOT NULL THEN aggregate_key(${project}, last_text(${text}, 'aggregate_id')) END`

/**
 * A row that holds one event under its own id, within the bounds of every door (`judgeRecorded`).
 * Anything else stays in the source. JSON is nested no deeper than SQLite reads. It ends at a NUL for
 * SQLite, and so does `%s`: whatever comes after one is not an event.
 */
export const importable = (twice = twiceIn('q.data')): string => `
  CASE WHEN typeof(q.data) = 'text' AND octet_length(q.data) <= ${MOST_EVENT_BYTES}
      AND json_valid(q.data)
    THEN json_type(q.data, '$.event_id') = 'text' AND q.data ->> '$.event_id' = q.event_id
      AND octet_length(format('%s', q.event_id)) = octet_length(q.event_id)
      AND typeof(q.event_type) = 'text' AND q.event_type <> ''
      AND json_type(q.data, '$.event_type') = 'text' AND q.data ->> '$.event_type' <> ''
      AND q.data ->> '$.event_type' NOT GLOB ${HAS_CONTROL}
      AND octet_length(format('%s', q.data)) = octet_length(q.data)
      AND q.event_id NOT GLOB ${HAS_CONTROL} AND q.event_type NOT GLOB ${HAS_CONTROL}
      AND coalesce(${twice}, '') NOT IN ('event_id', 'event_type')
    ELSE 0 END`

export const IMPORTABLE = importable()

/**
 * The text as this journal keeps it: local book-keeping removed, and an unknown team in front, where a
 * delivery can fill it in. The content stays the same.
 */
export const storedText = (twice = twiceIn('q.data')): string => `
  CASE
    WHEN ${twice} IS NOT NULL THEN stored_form(q.data)
    WHEN coalesce(q.data ->> '$.team_slug', '') = ''
      THEN '{"team_slug":null,'
        || substr(json_remove(q.data, '$.team_slug', '$.drain_blocked_reason'), 2)
    WHEN instr(q.data, '"drain_blocked_reason"') > 0
      THEN json_remove(q.data, '$.drain_blocked_reason')
    ELSE q.data
  END`

export const STORED_TEXT = storedText()
