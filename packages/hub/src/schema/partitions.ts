import { codeOf } from '../base/errors.ts'
import type { Session } from '../database/database.ts'

const MONTHS_AHEAD = 3

/**
 * Makes the partitions of this month and the next ones. Without them events go to the default
 * partition: nothing is refused, but retention then deletes rows instead of dropping a table.
 */
export async function ensurePartitions(session: Session): Promise<void> {
  const rows = await session.query(`
    SELECT to_char(month, '"event_"YYYY_MM') AS name,
      month::date::text AS from_day, (month + interval '1 month')::date::text AS to_day
    FROM generate_series(date_trunc('month', now() AT TIME ZONE 'UTC'),
      date_trunc('month', now() AT TIME ZONE 'UTC') + interval '${MONTHS_AHEAD} months', '1 month') month
    WHERE to_regclass('hub.' || to_char(month, '"event_"YYYY_MM')) IS NULL`)
  for (const row of rows) await addPartition(session, row)
}

/** How long a change of the partitions waits for their readers: as long, everybody else waits behind it. */
export const SHORT_WAIT = `SELECT set_config('lock_timeout', '1s', true)`

/** What a lock that was not given in time is called. */
export const LOCK_NOT_GIVEN = '55P03'

/**
 * Rows of that month that are in the default partition already keep the new one from being made. Where
 * somebody reads for long, it is tried again later: the partitions are made months ahead.
 */
async function addPartition(
  session: Session,
  { name, from_day, to_day }: Readonly<Record<string, string | null>>,
): Promise<void> {
  try {
    await session.part(async (part) => {
      await part.query(SHORT_WAIT)
      await part.query(`CREATE TABLE hub.${name ?? ''} PARTITION OF hub.event
        FOR VALUES FROM ('${from_day ?? ''} 00:00:00+00') TO ('${to_day ?? ''} 00:00:00+00')`)
    })
  } catch (cause) {
    if (!['23514', LOCK_NOT_GIVEN].includes(codeOf(cause))) throw cause
  }
}
