/**
 * The schema of version 1; later versions are the steps of `upgrade/`, for new journals, too. One file holds the journal, the targets and the ledger, so that a claim, its record and the
 * counters share a transaction. Invariants are constraints and triggers here, not habits of callers:
 *
 * - an event never changes, and leaves only by the two doors below;
 * - a row is deleted only when it was superseded *before any claim for any target*. A claim is durable
 *   before the POST, so a crash between POST and record cannot open a delivered event to coalescing;
 * - a payload is removed (gc, archive) only when every known target has the event; its content digest
 *   stays, and it returns (import) only with the id and size that it left with;
 * - a delivered ledger row stays delivered.
 *
 * The newest row is never deleted, so sequence numbers are gapless but for counted holes, and totals
 * follow from positions: a capture writes no counter. No payload is held up to `removed_through`, so the
 * oldest that is held is found without a walk over those that left. `envelope` is the last column because a large
 * one spills to overflow pages that a scan of the other columns then never reads.
 */
export const SCHEMA = `
CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL UNIQUE,
  event_type TEXT NOT NULL,
  occurred_at TEXT NOT NULL,
  captured_at_ms INTEGER NOT NULL,
  producer TEXT NOT NULL,
  size_bytes INTEGER NOT NULL CHECK (size_bytes > 0),
  bytes_through INTEGER NOT NULL,
  coalesce_key TEXT,
  removed_at_ms INTEGER,
  archived_at_ms INTEGER,
  removed_sha TEXT,
  envelope TEXT,
  CHECK ((envelope IS NULL) = (removed_at_ms IS NOT NULL)),
  CHECK ((envelope IS NULL) = (removed_sha IS NOT NULL))
) STRICT;
CREATE INDEX events_coalesce ON events (coalesce_key, seq) WHERE coalesce_key IS NOT NULL;
CREATE INDEX events_removed ON events (seq) WHERE envelope IS NULL;

CREATE TABLE journal_state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  claimed_through INTEGER NOT NULL,
  holes INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  removed_bytes INTEGER NOT NULL,
  archived INTEGER NOT NULL,
  removed_through INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE superseded (
  seq INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL,
  by_event_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('collapsed', 'resolved', 'marked')),
  coalesce_key TEXT,
  at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX superseded_holes ON superseded (seq) WHERE kind <> 'marked';

CREATE TABLE blocked_events (
  seq INTEGER PRIMARY KEY,
  reason TEXT NOT NULL,
  since_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE block_audit (
  block_id INTEGER PRIMARY KEY,
  reason TEXT NOT NULL,
  events INTEGER NOT NULL,
  since_ms INTEGER NOT NULL,
  cleared_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE quarantine (
  quarantine_id INTEGER PRIMARY KEY,
  event_id TEXT,
  problems TEXT NOT NULL,
  received TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE discard_audit (
  discard_id INTEGER PRIMARY KEY,
  event_id TEXT,
  event_type TEXT NOT NULL,
  decision TEXT NOT NULL CHECK (decision IN ('discarded', 'discard-refused')),
  content_sha TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE provenance (
  event_id TEXT NOT NULL,
  source TEXT NOT NULL,
  content_sha TEXT,
  recorded_at_ms INTEGER NOT NULL,
  PRIMARY KEY (event_id, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE conflicts (
  conflict_id INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL,
  source TEXT NOT NULL,
  existing_sha TEXT NOT NULL,
  incoming_sha TEXT NOT NULL,
  incoming TEXT NOT NULL,
  detail TEXT NOT NULL,
  recorded_at_ms INTEGER NOT NULL,
  resolved_at_ms INTEGER,
  resolution TEXT CHECK (resolution IN ('kept-existing', 'took-incoming')),
  UNIQUE (event_id, source, incoming_sha),
  CHECK ((resolved_at_ms IS NULL) = (resolution IS NULL))
) STRICT;
CREATE INDEX conflicts_open ON conflicts (conflict_id) WHERE resolved_at_ms IS NULL;

CREATE TABLE targets (
  target_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('teamspace', 'external', 'stub')),
  canonical_url TEXT NOT NULL,
  url_hash TEXT NOT NULL,
  team_slug TEXT NOT NULL,
  user_email TEXT NOT NULL,
  server_instance_id TEXT,
  deployment_id TEXT,
  environment_name TEXT,
  git_sha TEXT,
  first_seen_at_ms INTEGER NOT NULL,
  last_seen_at_ms INTEGER NOT NULL,
  reset_suspected_at_ms INTEGER,
  reset_reason TEXT,
  blocked_reason TEXT,
  blocked_since_ms INTEGER,
  resting_until_ms INTEGER,
  last_drain_at_ms INTEGER,
  last_drain_outcome TEXT,
  forgotten_at_ms INTEGER,
  UNIQUE (url_hash, team_slug, user_email)
) STRICT;

CREATE TABLE generations (
  generation_id INTEGER PRIMARY KEY,
  target_id TEXT NOT NULL REFERENCES targets,
  number INTEGER NOT NULL,
  is_current INTEGER NOT NULL CHECK (is_current IN (0, 1)),
  opened_because TEXT NOT NULL,
  opened_at_ms INTEGER NOT NULL,
  recorded_through INTEGER NOT NULL DEFAULT 0,
  claimed_through INTEGER NOT NULL DEFAULT 0 CHECK (claimed_through >= recorded_through),
  lease_holder TEXT,
  lease_pid INTEGER,
  lease_until_ms INTEGER,
  success INTEGER NOT NULL DEFAULT 0 CHECK (success >= 0),
  duplicate INTEGER NOT NULL DEFAULT 0 CHECK (duplicate >= 0),
  pending INTEGER NOT NULL DEFAULT 0 CHECK (pending >= 0),
  rejected INTEGER NOT NULL DEFAULT 0 CHECK (rejected >= 0),
  transient INTEGER NOT NULL DEFAULT 0 CHECK (transient >= 0),
  terminal_failed INTEGER NOT NULL DEFAULT 0 CHECK (terminal_failed >= 0),
  UNIQUE (target_id, number)
) STRICT;
CREATE UNIQUE INDEX generations_current ON generations (target_id) WHERE is_current = 1;

CREATE TABLE ledger (
  generation_id INTEGER NOT NULL REFERENCES generations,
  seq INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (
    status = 'success'
    OR status IN ('duplicate', 'pending', 'rejected', 'transient', 'terminal-failed')
  ),
  attempts INTEGER NOT NULL,
  first_attempted_at_ms INTEGER NOT NULL,
  last_attempted_at_ms INTEGER NOT NULL,
  next_attempt_at_ms INTEGER,
  http_status INTEGER,
  category TEXT,
  detail TEXT,
  PRIMARY KEY (generation_id, seq),
  CHECK (CASE WHEN status = 'success' THEN next_attempt_at_ms IS NULL
    ELSE (next_attempt_at_ms IS NULL) = (status IN ('duplicate', 'terminal-failed')) END)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_open ON ledger (generation_id, seq, next_attempt_at_ms)
  WHERE next_attempt_at_ms IS NOT NULL;
CREATE INDEX ledger_terminal ON ledger (generation_id, seq) WHERE status = 'terminal-failed';

CREATE TRIGGER events_never_change BEFORE UPDATE OF
  seq, event_id, event_type, occurred_at, captured_at_ms, producer, size_bytes, bytes_through, coalesce_key
ON events BEGIN
  SELECT RAISE(ABORT, 'a captured event never changes');
END;
CREATE TRIGGER payload_leaves_only_when_delivered
BEFORE UPDATE OF envelope, removed_at_ms, removed_sha, archived_at_ms ON events
WHEN OLD.envelope IS NOT NULL AND (
  NEW.envelope IS NOT NULL
  OR NOT EXISTS (SELECT 1 FROM targets WHERE forgotten_at_ms IS NULL)
  OR EXISTS (
    SELECT 1 FROM generations g JOIN targets t USING (target_id)
    WHERE g.is_current = 1 AND t.forgotten_at_ms IS NULL AND NOT EXISTS (
      SELECT 1 FROM ledger l WHERE l.generation_id = g.generation_id AND l.seq = OLD.seq
        AND l.status IN ('success', 'duplicate'))))
BEGIN
  SELECT RAISE(ABORT, 'a payload stays until every known target has the event');
END;
CREATE TRIGGER payload_returns_as_it_left
BEFORE UPDATE OF envelope, removed_at_ms, removed_sha, archived_at_ms ON events
WHEN OLD.envelope IS NULL AND (
  NEW.envelope IS NULL
  OR octet_length(NEW.envelope) <> OLD.size_bytes
  OR coalesce(NEW.envelope ->> '$.event_id', '') <> OLD.event_id)
BEGIN
  SELECT RAISE(ABORT, 'a payload that was removed stays away, or returns as it left');
END;
CREATE TRIGGER payload_left AFTER UPDATE OF envelope ON events
WHEN OLD.envelope IS NOT NULL AND NEW.envelope IS NULL BEGIN
  UPDATE journal_state SET removed = removed + 1, removed_bytes = removed_bytes + OLD.size_bytes,
    archived = archived + (NEW.archived_at_ms IS NOT NULL);
END;
CREATE TRIGGER payload_returned AFTER UPDATE OF envelope ON events
WHEN OLD.envelope IS NULL AND NEW.envelope IS NOT NULL BEGIN
  UPDATE journal_state SET removed = removed - 1, removed_bytes = removed_bytes - OLD.size_bytes,
    archived = archived - (OLD.archived_at_ms IS NOT NULL),
    removed_through = min(removed_through, OLD.seq - 1);
END;
CREATE TRIGGER nothing_is_held_before BEFORE UPDATE OF removed_through ON journal_state
WHEN EXISTS (
  SELECT 1 FROM events e WHERE e.seq > OLD.removed_through AND e.seq <= NEW.removed_through
    AND e.envelope IS NOT NULL)
BEGIN
  SELECT RAISE(ABORT, 'a payload is held at or before this position');
END;
CREATE TRIGGER events_are_kept BEFORE DELETE ON events
WHEN OLD.seq <= (SELECT claimed_through FROM journal_state)
  OR OLD.seq = (SELECT max(seq) FROM events)
  OR NOT EXISTS (SELECT 1 FROM superseded s WHERE s.seq = OLD.seq AND s.kind <> 'marked')
  OR EXISTS (SELECT 1 FROM generations g JOIN ledger l
             ON l.generation_id = g.generation_id AND l.seq = OLD.seq)
BEGIN
  SELECT RAISE(ABORT, 'an event that was ever claimed for a target stays');
END;
CREATE TRIGGER event_collapsed AFTER DELETE ON events BEGIN
  UPDATE journal_state SET holes = holes + 1, removed_bytes = removed_bytes + OLD.size_bytes;
  DELETE FROM blocked_events WHERE seq = OLD.seq;
END;
CREATE TRIGGER claims_never_shrink BEFORE UPDATE OF claimed_through ON journal_state
WHEN NEW.claimed_through < OLD.claimed_through BEGIN
  SELECT RAISE(ABORT, 'what was once claimed stays claimed');
END;
CREATE TRIGGER delivered_stays_delivered BEFORE UPDATE ON ledger
WHEN OLD.status IN ('success', 'duplicate') AND NEW.status NOT IN ('success', 'duplicate') BEGIN
  SELECT RAISE(ABORT, 'a delivered event stays delivered');
END;
CREATE TRIGGER ledger_is_history BEFORE DELETE ON ledger BEGIN
  SELECT RAISE(ABORT, 'ledger history stays');
END;
CREATE TRIGGER target_identity_is_fixed BEFORE UPDATE OF
  target_id, canonical_url, url_hash, team_slug, user_email
ON targets BEGIN
  SELECT RAISE(ABORT, 'a target keeps its address and scope');
END;
`
