import { rmSync } from 'node:fs'
import { temporaryHome, type TemporaryHome } from '../../fixtures/engine/home.ts'
import { registerTarget } from '../../packages/sync-engine/src/delivery/targets.ts'
import { envelopeText } from '../../packages/sync-engine/src/journal/envelope.ts'
import { openJournal, type Journal } from '../../packages/sync-engine/src/journal/journal.ts'
import { kilobyteEvents } from './events.ts'

export interface BigJournal {
  readonly home: string
  readonly journal: Journal
  readonly events: number
  /** Generations of three targets: nearly everything judged, half of it, nothing. */
  readonly generations: readonly [number, number, number]
}

const built = new Map<number, BigJournal>()

/** A journal of this many events with three targets, holes and retries; built once in a run. */
export function bigJournal(events: number): BigJournal {
  const known = built.get(events)
  if (known !== undefined) return known
  const { home } = temporaryHome()
  const journal = openJournal({ home, synchronous: 'NORMAL' })
  fillEvents(journal, events)
  makeHoles(journal, events)
  const generations = ['near', 'half', 'none'].map(
    (name) =>
      registerTarget(journal, { kind: 'stub', url: `http://127.0.0.1:1/${name}` }).generationId,
  ) as [number, number, number]
  judgeUpTo(journal, generations[0], Math.floor(events * 0.9), 100)
  judgeUpTo(journal, generations[1], Math.floor(events * 0.5), 1_000)
  journal.db.pragma('wal_checkpoint(TRUNCATE)')
  const big = { home, journal, events, generations }
  built.set(events, big)
  process.once('exit', () => {
    journal.close()
    rmSync(home, { recursive: true, force: true })
  })
  return big
}

/** A journal of which that many targets have every event, written to the disk. */
export function deliveredJournal(events: number, targets: number): TemporaryHome {
  const folder = temporaryHome()
  const journal = openJournal({ home: folder.home, synchronous: 'NORMAL' })
  fillEvents(journal, events)
  for (let number = 0; number < targets; number += 1) {
    const url = `http://127.0.0.1:1/${number}`
    const { generationId } = registerTarget(journal, { kind: 'stub', url })
    judgeUpTo(journal, generationId, events, events + 1)
  }
  journal.db.pragma('wal_checkpoint(TRUNCATE)')
  journal.close()
  return folder
}

/** The rows that captures would have written, written by one statement. */
function fillEvents({ db }: Journal, events: number): void {
  const [sample] = kilobyteEvents(1)
  if (sample === undefined) return
  const template = envelopeText({ ...sample, event_id: '@', correlation_id: '@' })
  const size = Buffer.byteLength(template) + 50
  db.prepare(
    `WITH RECURSIVE n (seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM n WHERE seq < @events)
     INSERT INTO events (seq, event_id, event_type, occurred_at, captured_at_ms, producer, size_bytes,
       bytes_through, envelope)
     SELECT seq, printf('01JV%022d', seq), 'WPCreated', @at, seq, @producer, @size, seq * @size,
       replace(@template, '@', printf('01JV%022d', seq)) FROM n`,
  ).run({ events, at: sample.timestamp, producer: sample.project_uuid, size, template })
}

/** Every hundredth event was collapsed by a newer one before anything was claimed. */
function makeHoles({ db }: Journal, events: number): void {
  db.prepare(
    `INSERT INTO superseded (seq, event_id, by_event_id, kind, at_ms)
     SELECT seq, event_id, event_id, 'collapsed', 0 FROM events WHERE seq % 100 = 50 AND seq < ?`,
  ).run(events)
  db.exec("DELETE FROM events WHERE seq IN (SELECT seq FROM superseded WHERE kind = 'collapsed')")
}

/** Judges everything up to a position; every `openEvery`-th event waits for another try. */
function judgeUpTo(
  { db }: Journal,
  generationId: number,
  through: number,
  openEvery: number,
): void {
  db.prepare(
    `INSERT INTO ledger (generation_id, seq, status, attempts, first_attempted_at_ms,
       last_attempted_at_ms, next_attempt_at_ms, http_status)
     SELECT @generationId, seq, iif(seq % @openEvery = 0, 'rejected', 'success'), 1, 0, 0,
       iif(seq % @openEvery = 0, 1, NULL), 200 FROM events WHERE seq <= @through`,
  ).run({ generationId, through, openEvery })
  db.prepare(
    `UPDATE generations SET recorded_through = @through, claimed_through = @through,
       success = (SELECT count(*) FROM ledger WHERE generation_id = @generationId AND status = 'success'),
       rejected = (SELECT count(*) FROM ledger WHERE generation_id = @generationId AND status = 'rejected')
     WHERE generation_id = @generationId`,
  ).run({ generationId, through })
  db.prepare('UPDATE journal_state SET claimed_through = max(claimed_through, ?)').run(through)
}
