import type { UpgradeStep } from './step.ts'

/** A lease names its process by more than a number: boot, namespace, number and start. */
export const LEASES: UpgradeStep = {
  name: 'leases',
  sql: 'ALTER TABLE generations ADD COLUMN lease_process TEXT;',
  reading: `
CREATE TEMP VIEW generations AS SELECT *, NULL AS lease_process, 0 AS held FROM main.generations;`,
}
