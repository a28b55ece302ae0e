import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'

export interface ListedEvent {
  readonly seq: number
  readonly event_id: string
  readonly event_type: string
  readonly occurred_at: string
  readonly captured_at: string
  /** The whole envelope as captured; null once gc or archive removed it. */
  readonly envelope: unknown
}

export interface ListFilter {
  readonly type?: string
  readonly newestFirst: boolean
  readonly limit: number
}

interface Row {
  readonly seq: number
  readonly event_id: string
  readonly event_type: string
  readonly occurred_at: string
  readonly captured_at_ms: number
  readonly envelope: string | null
}

/** Captured events in the order of capture, or the newest first. */
export function listEvents({ db }: Journal, filter: ListFilter): ListedEvent[] {
  const order = filter.newestFirst ? 'DESC' : 'ASC'
  const rows = statement<Row>(
    db,
    `SELECT seq, event_id, event_type, occurred_at, captured_at_ms, envelope FROM events
     WHERE @type IS NULL OR event_type = @type ORDER BY seq ${order} LIMIT @limit`,
  ).all({ type: filter.type ?? null, limit: filter.limit })
  return rows.map(({ captured_at_ms, envelope, ...row }) => ({
    ...row,
    captured_at: new Date(captured_at_ms).toISOString(),
    envelope: envelope === null ? null : JSON.parse(envelope),
  }))
}
