import type { Journal } from '../journal/journal.ts'
import { withReserve } from '../journal/reserve.ts'
import { statement } from '../journal/statements.ts'
import { allowedStreams } from './allowed.ts'
import type { Sender } from './sender.ts'

/**
 * Keeps the position of every stream that may not go out now, before the cursor passes over it. Called
 * whenever further events are claimed: the streams of all events up to the claim are known by then.
 */
export function noteLagging(
  journal: Journal,
  generationId: number,
  sender: Sender | undefined,
): void {
  const { db, path } = journal
  if (sender === undefined || allowedStreams(db, sender).all) return
  const note = db.transaction(() => {
    const { streams } = allowedStreams(db, sender)
    statement(
      db,
      `INSERT OR IGNORE INTO lagging (generation_id, stream_id, through)
       SELECT g.generation_id, s.stream_id, g.recorded_through FROM generations g, streams s
       WHERE g.generation_id = @generationId
         AND s.stream_id NOT IN (SELECT value FROM json_each(@streams))`,
    ).run({ generationId, streams })
  })
  withReserve(db, path, () => note.immediate())
}

export interface LaggingStream {
  readonly stream: number
  readonly project: string
  readonly account: string
  readonly through: number
}

/** Streams that a target has to catch up with and that may go out now, project by project. */
export function laggingStreams(
  { db }: Journal,
  generationId: number,
  sender: Sender | undefined,
): LaggingStream[] {
  const { all, streams } = allowedStreams(db, sender)
  return statement<LaggingStream>(
    db,
    `SELECT lag.stream_id AS stream, s.project, s.account, lag.through
     FROM lagging lag JOIN streams s USING (stream_id)
     WHERE lag.generation_id = @generationId
       AND (@all OR lag.stream_id IN (SELECT value FROM json_each(@streams)))
     ORDER BY s.project, s.stream_id`,
  ).all({ generationId, all: Number(all), streams })
}

/** A stream that has caught up; if its consent was taken back meanwhile it stays behind. */
export function forgetLagging(
  journal: Journal,
  generationId: number,
  caughtUp: readonly LaggingStream[],
  sender: Sender | undefined,
): void {
  const { db, path } = journal
  const forget = db.transaction(() => {
    const { all, streams } = allowedStreams(db, sender)
    statement(
      db,
      `DELETE FROM lagging WHERE generation_id = @generationId
         AND stream_id IN (SELECT value FROM json_each(@done))
         AND (@all OR stream_id IN (SELECT value FROM json_each(@streams)))`,
    ).run({
      generationId,
      all: Number(all),
      streams,
      done: JSON.stringify(caughtUp.map(({ stream }) => stream)),
    })
  })
  withReserve(db, path, () => forget.immediate())
}
