import { isDeepStrictEqual } from 'node:util'
import {
  type Comparison as AnyComparison,
  type InputChange,
  sha256OfFile,
  verifyEvidence,
} from '@canary-gate/gate-kernel'
import { changesOf } from './harness/compare.ts'
import type { FactName, facts } from './run/facts.ts'
import { isTooOld } from './service/snapshot-age.ts'

type Comparison = AnyComparison<typeof facts>
type Change = InputChange<typeof facts>

/** The changes that closed the blockers. */
export const blockersChange: Change = (facts) =>
  changed(facts, 'blockers', 'the changes that closed the blockers are others')

/** The candidate, and what is installed of it. */
export const candidateChange: Change = async (facts) =>
  (await changed(facts, 'candidate', 'the release candidate is another')) ??
  (await changed(facts, 'installation', 'the installation is another'))

/** The deployment of the hosted service. */
export const serviceChange: Change = async ({ earlier, now }) => {
  const before = await earlier.read('snapshotBeforeFourRuns')
  const preflight = await now.read('preflight')
  const parts = (['image', 'gitSha', 'eventsVersion'] as const).filter(
    (part) => before[part] !== preflight[part],
  )
  return parts.length === 0 ? undefined : `the service was deployed anew (${parts.join(', ')})`
}

/** The canary harness: its checkout, and the files that its commands name. */
export const harnessChange: Change = async ({ earlier, now }) => {
  const [before, after] = [await earlier.read('harness'), await now.read('harness')]
  const [change] = changesOf(before.canary, after.canary)
  return change === undefined ? undefined : `the canary harness is another: ${change}`
}

/** The Teamspace suite, likewise. */
export const suiteChange: Change = async ({ earlier, now }) => {
  const [before, after] = [await earlier.read('harness'), await now.read('harness')]
  const [change] = changesOf(before.suite, after.suite)
  return change === undefined ? undefined : `the Teamspace suite is another: ${change}`
}

/** The historical rows of the service. */
export const rowsChange: Change = (facts) =>
  changed(facts, 'historicalRows', 'the historical rows are others')

/** The age of the health snapshot that the canary rests on. */
export const snapshotAge: Change = async ({ earlier, nowMs }) => {
  const { takenAt } = await earlier.read('snapshotBeforeFourRuns')
  const now = new Date(nowMs)
  if (!isTooOld(takenAt, now) && Date.parse(takenAt) <= nowMs) return undefined
  return `its health snapshot is of ${takenAt}; one is good for 24 hours`
}

/** The sealed folder of the canary's attempt. */
export const attemptChange: Change = async ({ earlier }) => {
  const { folder } = await earlier.read('attempt')
  const { manifestSha256 } = await earlier.read('seal')
  const report = await verifyEvidence(folder, [{ from: 'the earlier run', manifestSha256 }])
  return report.ok ? undefined : `its sealed attempt was modified: ${report.problems.join('; ')}`
}

/** The logs of the Teamspace suite. */
export const logsChange: Change = async ({ earlier }) => {
  const { runs } = await earlier.read('teamspace')
  for (const { log, logSha256 } of runs) {
    const found = await sha256OfFile(log).catch(() => undefined)
    if (found === undefined || found !== logSha256) return `${log} is not what it was`
  }
  return undefined
}

async function changed(
  { earlier, now }: Comparison,
  name: FactName,
  otherwise: string,
): Promise<string | undefined> {
  return isDeepStrictEqual(await earlier.read(name), await now.read(name)) ? undefined : otherwise
}
