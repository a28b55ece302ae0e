import type { UpgradeStep } from './step.ts'

const NOW_MS = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`

/**
 * Events of one project that were captured under one account are a stream; consent is asked for and
 * given per stream. Rows of version 1 name no account, so they belong to their project; they keep no
 * stream number (`streams_after` is the last of them), because a journal of ten million events is not
 * rewritten for it. A project that a target has events of goes on, every other one has to be agreed to.
 *
 * `lagging`: the position behind which a target has not got a stream that its cursor passed over,
 * because nobody had agreed at that time.
 */
export const CONSENT: UpgradeStep = {
  name: 'consent',
  sql: `
ALTER TABLE events ADD COLUMN stream_id INTEGER;
ALTER TABLE journal_state ADD COLUMN streams_after INTEGER NOT NULL DEFAULT 0;
UPDATE journal_state SET streams_after = coalesce((SELECT max(seq) FROM events), 0);
CREATE INDEX events_stream ON events (stream_id) WHERE stream_id IS NOT NULL;
CREATE TABLE streams (
  stream_id INTEGER PRIMARY KEY,
  project TEXT NOT NULL,
  account TEXT NOT NULL,
  UNIQUE (project, account)
) STRICT;
INSERT INTO streams (project, account) SELECT DISTINCT producer, '' FROM events;
CREATE TABLE consents (
  consent_id INTEGER PRIMARY KEY,
  project TEXT NOT NULL,
  account TEXT NOT NULL,
  covers TEXT NOT NULL,
  granted_at_ms INTEGER NOT NULL,
  granted_by TEXT NOT NULL,
  command TEXT NOT NULL,
  revoked_at_ms INTEGER,
  UNIQUE (project, account, covers)
) STRICT;
INSERT INTO consents (project, account, covers, granted_at_ms, granted_by, command)
  SELECT DISTINCT e.producer, lower(t.user_email), lower(t.user_email), ${NOW_MS}, lower(t.user_email),
    'delivered before consent was recorded'
  FROM targets t CROSS JOIN generations g ON g.target_id = t.target_id
  CROSS JOIN ledger l ON l.generation_id = g.generation_id AND l.status IN ('success', 'duplicate')
  CROSS JOIN events e ON e.seq = l.seq;
CREATE TABLE lagging (
  generation_id INTEGER NOT NULL REFERENCES generations,
  stream_id INTEGER NOT NULL REFERENCES streams,
  through INTEGER NOT NULL,
  PRIMARY KEY (generation_id, stream_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
  audit_id INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  who TEXT NOT NULL,
  command TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit never changes');
END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit is kept');
END;
CREATE TRIGGER streams_never_change BEFORE UPDATE ON streams BEGIN
  SELECT RAISE(ABORT, 'a stream keeps its project and account');
END;
CREATE TRIGGER stream_of_an_event_is_fixed BEFORE UPDATE OF stream_id ON events BEGIN
  SELECT RAISE(ABORT, 'a captured event never changes');
END;`,
  reading: `
CREATE TEMP VIEW events AS SELECT *, NULL AS stream_id, NULL AS aggregate FROM main.events;
CREATE TEMP TABLE streams (stream_id INTEGER PRIMARY KEY, project TEXT, account TEXT);
CREATE TEMP TABLE consents (
  consent_id INTEGER PRIMARY KEY, project TEXT, account TEXT, covers TEXT, granted_at_ms INTEGER,
  granted_by TEXT, command TEXT, revoked_at_ms INTEGER);
CREATE TEMP TABLE lagging (generation_id INTEGER, stream_id INTEGER, through INTEGER);
CREATE TEMP TABLE audit (
  audit_id INTEGER PRIMARY KEY, at_ms INTEGER, who TEXT, command TEXT, action TEXT, subject TEXT,
  detail TEXT);`,
}
