import type { SqlDatabase } from '../../base/sqlite.ts'
import { CONFLICT_ACCOUNTS } from './conflict-accounts.ts'
import { CONSENT } from './consent.ts'
import { DOORS } from './doors.ts'
import { IDENTITY } from './identity.ts'
import { LEASES } from './leases.ts'
import { ORDER } from './order.ts'
import { SPACE } from './space.ts'
import type { UpgradeStep } from './step.ts'

/** From version 1 to version 2, in this order. */
const TO_VERSION_2: readonly UpgradeStep[] = [IDENTITY, LEASES, CONSENT, ORDER, SPACE, DOORS]

/** The steps that lead to each version from the one before it; version 1 is the base. */
const STEPS: ReadonlyMap<number, readonly UpgradeStep[]> = new Map([
  [2, TO_VERSION_2],
  [3, [CONFLICT_ACCOUNTS]],
])

/** The version in `PRAGMA user_version`; a newer file is refused, never guessed at. */
export const SCHEMA_VERSION = 1 + STEPS.size

/** Brings a journal of an earlier version to the present one, inside the caller's transaction. */
export function upgrade(db: SqlDatabase, from: number): void {
  for (const step of stepsAfter(from)) db.exec(step.sql)
  db.pragma(`user_version = ${SCHEMA_VERSION}`)
}

/** Shows a journal of an earlier version as one of the present version; the file does not change. */
export function readAsUpgraded(db: SqlDatabase, from: number): void {
  for (const step of stepsAfter(from)) if (step.reading !== '') db.exec(step.reading)
}

function stepsAfter(from: number): UpgradeStep[] {
  return [...STEPS].filter(([version]) => version > from).flatMap(([, steps]) => steps)
}
