import type { UpgradeStep } from './step.ts'

/**
 * A conflict keeps the account of the version that came in: if that one is taken, it goes only where its own
 * account may go. Null in conflicts of earlier versions: nobody can tell any more.
 */
export const CONFLICT_ACCOUNTS: UpgradeStep = {
  name: 'conflict-accounts',
  sql: 'ALTER TABLE conflicts ADD COLUMN account TEXT;',
  reading: `
CREATE TEMP VIEW conflicts AS SELECT *, NULL AS account FROM main.conflicts;`,
}
