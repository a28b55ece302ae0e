import type { UpgradeStep } from './step.ts'

/**
 * Events of one aggregate arrive in order: those whose predecessor may still be delivered are in `held`
 * after the cursor of a target has passed them. `dismissed`: failures that a person has decided about.
 */
export const ORDER: UpgradeStep = {
  name: 'order',
  sql: `
ALTER TABLE events ADD COLUMN aggregate INTEGER;
ALTER TABLE generations ADD COLUMN held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0);
CREATE TABLE held (
  generation_id INTEGER NOT NULL REFERENCES generations,
  seq INTEGER NOT NULL,
  aggregate INTEGER NOT NULL,
  PRIMARY KEY (generation_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX held_aggregates ON held (generation_id, aggregate);
CREATE TABLE dismissed (
  generation_id INTEGER NOT NULL REFERENCES generations,
  seq INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (generation_id, seq)
) STRICT, WITHOUT ROWID;`,
  reading: `
CREATE TEMP TABLE held (generation_id INTEGER, seq INTEGER, aggregate INTEGER);
CREATE TEMP TABLE dismissed (generation_id INTEGER, seq INTEGER, at_ms INTEGER);`,
}
