import type { UpgradeStep } from './step.ts'

/** All columns of an event but its payload, in the order of the table. */
export const SHELL_COLUMNS = `seq, event_id, event_type, occurred_at, captured_at_ms, producer,
  size_bytes, bytes_through, coalesce_key, removed_at_ms, archived_at_ms, removed_sha,
  stream_id, aggregate`

/**
 * A payload that is set to NULL leaves its page two thirds empty, and SQLite merges pages only when
 * rows are deleted. So a row without a payload is written anew: its copy is in `moving` until it is
 * back, in the same transaction. Restoring compares ids without the JSON functions where a payload of
 * version 1 is nested deeper than those can read.
 */
export const SPACE: UpgradeStep = {
  name: 'space',
  sql: `
CREATE TABLE moving (
  seq INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  occurred_at TEXT NOT NULL,
  captured_at_ms INTEGER NOT NULL,
  producer TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  bytes_through INTEGER NOT NULL,
  coalesce_key TEXT,
  removed_at_ms INTEGER NOT NULL,
  archived_at_ms INTEGER,
  removed_sha TEXT NOT NULL,
  stream_id INTEGER,
  aggregate INTEGER
) STRICT;
DROP TRIGGER events_are_kept;
CREATE TRIGGER events_are_kept BEFORE DELETE ON events
WHEN (OLD.seq <= (SELECT claimed_through FROM journal_state)
  OR OLD.seq = (SELECT max(seq) FROM events)
  OR NOT EXISTS (SELECT 1 FROM superseded s WHERE s.seq = OLD.seq AND s.kind <> 'marked')
  OR EXISTS (SELECT 1 FROM generations g JOIN ledger l
             ON l.generation_id = g.generation_id AND l.seq = OLD.seq))
  AND NOT (OLD.envelope IS NULL AND EXISTS (
    SELECT 1 FROM moving m WHERE m.seq = OLD.seq AND m.event_id = OLD.event_id
      AND m.removed_sha = OLD.removed_sha))
BEGIN
  SELECT RAISE(ABORT, 'an event that was ever claimed for a target stays');
END;
DROP TRIGGER event_collapsed;
CREATE TRIGGER event_collapsed AFTER DELETE ON events
WHEN NOT EXISTS (SELECT 1 FROM moving m WHERE m.seq = OLD.seq) BEGIN
  UPDATE journal_state SET holes = holes + 1, removed_bytes = removed_bytes + OLD.size_bytes;
  DELETE FROM blocked_events WHERE seq = OLD.seq;
END;
DROP TRIGGER payload_returns_as_it_left;
CREATE TRIGGER payload_returns_as_it_left
BEFORE UPDATE OF envelope, removed_at_ms, removed_sha, archived_at_ms ON events
WHEN OLD.envelope IS NULL AND (
  NEW.envelope IS NULL
  OR octet_length(NEW.envelope) <> OLD.size_bytes
  OR NOT (CASE WHEN json_valid(NEW.envelope)
    THEN coalesce(NEW.envelope ->> '$.event_id', '') = OLD.event_id
    ELSE instr(NEW.envelope, '"' || OLD.event_id || '"') > 0 END))
BEGIN
  SELECT RAISE(ABORT, 'a payload that was removed stays away, or returns as it left');
END;`,
  reading: '',
}
