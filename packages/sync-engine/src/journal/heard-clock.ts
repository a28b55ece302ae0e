import type { Journal } from './journal.ts'
import { statement } from './statements.ts'

/** Beyond this no clock that counts events ever gets; such a number in an event of others is not followed. */
const MOST = 2 ** 52

const CLOCK = `
  CASE WHEN json_valid(envelope) AND json_type(envelope, '$.lamport_clock') = 'integer'
    THEN envelope ->> '$.lamport_clock' END`

const NEWEST = `
  SELECT ${CLOCK} FROM events WHERE envelope IS NOT NULL ORDER BY seq DESC LIMIT 1`

// An event whose payload gc or archive removed had a clock, too: there were no more events than positions.
const HIGHEST = `
  SELECT max(
    coalesce((SELECT max(clock) FROM (SELECT ${CLOCK} AS clock FROM events) WHERE clock < ${MOST}), 0),
    iif(EXISTS (SELECT 1 FROM events WHERE envelope IS NULL), (SELECT max(seq) FROM events), 0))`

/** The logical clock of the newest event; 0 where it has none. */
export function newestClock({ db }: Journal): number {
  const clock = Number(statement(db, NEWEST).pluck().get() ?? 0)
  return clock < MOST ? clock : 0
}

/** The highest logical clock of all events; looks at each of them. */
export function highestClock({ db }: Journal): number {
  return Number(statement(db, HIGHEST).pluck().get() ?? 0)
}
