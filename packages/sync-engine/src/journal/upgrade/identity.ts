import type { UpgradeStep } from './step.ts'

/** Version 4 of RFC 9562, from the random numbers of SQLite. */
const NEW_UUID = `
  lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2)
    || '-' || substr('89ab', 1 + (abs(random()) % 4), 1) || substr(hex(randomblob(2)), 2)
    || '-' || hex(randomblob(6)))`

/**
 * A journal has a name of its own and an epoch, so that a receiver can tell a copied or restored one
 * from the one it knows; what went wrong with the file is kept until a person has seen it.
 */
export const IDENTITY: UpgradeStep = {
  name: 'identity',
  sql: `
ALTER TABLE journal_state ADD COLUMN journal_id TEXT;
ALTER TABLE journal_state ADD COLUMN epoch INTEGER NOT NULL DEFAULT 1 CHECK (epoch >= 1);
ALTER TABLE journal_state ADD COLUMN place TEXT;
UPDATE journal_state SET journal_id = ${NEW_UUID};
CREATE TABLE incidents (
  incident_id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('events-lost', 'moved', 'repaired', 'new-epoch')),
  detail TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  seen_at_ms INTEGER
) STRICT;
CREATE TRIGGER epochs_never_shrink BEFORE UPDATE OF epoch ON journal_state
WHEN NEW.epoch < OLD.epoch AND NEW.journal_id = OLD.journal_id BEGIN
  SELECT RAISE(ABORT, 'an epoch never comes back');
END;`,
  reading: `
CREATE TEMP VIEW journal_state AS
  SELECT *, NULL AS journal_id, 1 AS epoch, NULL AS place, 0 AS streams_after FROM main.journal_state;
CREATE TEMP TABLE incidents (
  incident_id INTEGER PRIMARY KEY, kind TEXT, detail TEXT, at_ms INTEGER, seen_at_ms INTEGER);`,
}
