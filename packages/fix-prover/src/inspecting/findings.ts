import type { Change } from '../changes/change.ts'
import type { Proof } from '../execution/proof.ts'
import type { Reading, UnitReading } from '../reading/read.ts'
import type { TestReading } from '../reading/tests.ts'

/** Everything a judgement rests on. */
export interface Findings {
  readonly change: Change
  readonly reading: Reading
  readonly tests: readonly TestReading[]
  /** Test files that a runner can be given. */
  readonly testFiles: readonly string[]
  /** Null where the tests were not to be run, or reading had settled the matter. */
  readonly proof: Proof | null
}

/** Units of the criterion whose behaviour changed. */
export function criterionBehaviour(reading: Reading): readonly UnitReading[] {
  return reading.units.filter(
    ({ membership, kinds }) =>
      membership === 'yes' && (kinds.includes('behaviour') || kinds.includes('ineffective')),
  )
}

/** Whether every assertion of a test looks at captured output. */
export function onlyLooksAtLog({ assertions }: TestReading): boolean {
  return assertions.length > 0 && assertions.every(({ onlyLog }) => onlyLog)
}
