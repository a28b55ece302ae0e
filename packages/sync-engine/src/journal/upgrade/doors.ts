import type { UpgradeStep } from './step.ts'

/** What is in quarantine is known by its digest, so a second import of the same file adds nothing. */
export const DOORS: UpgradeStep = {
  name: 'doors',
  sql: `
ALTER TABLE quarantine ADD COLUMN received_sha TEXT;
CREATE INDEX quarantine_received ON quarantine (received_sha) WHERE received_sha IS NOT NULL;`,
  reading: '',
}
