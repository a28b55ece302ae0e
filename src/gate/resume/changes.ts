import { isDeepStrictEqual } from 'node:util'
import { sha256OfFile } from '../evidence/tree.ts'
import { verifyEvidence } from '../evidence/verify.ts'
import type { FactName } from '../run/facts.ts'
import type { Notebook } from '../run/notebook.ts'
import type { Input } from './policy.ts'

/** The facts of the run that is taken up, those of this run, and the time. */
export interface Comparison {
  readonly earlier: Notebook
  readonly now: Notebook
  readonly nowMs: number
}

/** A health snapshot is believed for this long (design decision on resuming). */
const SNAPSHOT_MS = 24 * 60 * 60 * 1000

/** What became of an input since the earlier run: one line, or undefined if it is as it was. */
export async function changeOf(input: Input, facts: Comparison): Promise<string | undefined> {
  switch (input) {
    case 'blockers':
      return same(facts, 'blockers', 'the changes that closed the blockers are others')
    case 'candidate':
      return (
        (await same(facts, 'candidate', 'the release candidate is another')) ??
        (await same(facts, 'installation', 'the installation is another'))
      )
    case 'service':
      return changedService(facts)
    case 'rows':
      return same(facts, 'historicalRows', 'the historical rows are others')
    case 'snapshot-age':
      return outdatedSnapshot(facts)
    case 'attempt':
      return changedAttempt(facts)
    case 'suite-logs':
      return changedLog(facts)
  }
}

async function same(
  { earlier, now }: Comparison,
  name: FactName,
  otherwise: string,
): Promise<string | undefined> {
  return isDeepStrictEqual(await earlier.read(name), await now.read(name)) ? undefined : otherwise
}

async function changedService({ earlier, now }: Comparison): Promise<string | undefined> {
  const before = await earlier.read('snapshotBeforeFourRuns')
  const preflight = await now.read('preflight')
  const parts = (['image', 'gitSha', 'eventsVersion'] as const).filter(
    (part) => before[part] !== preflight[part],
  )
  return parts.length === 0 ? undefined : `the service was deployed anew (${parts.join(', ')})`
}

async function outdatedSnapshot({ earlier, nowMs }: Comparison): Promise<string | undefined> {
  const { takenAt } = await earlier.read('snapshotBeforeFourRuns')
  const ageMs = nowMs - Date.parse(takenAt)
  if (ageMs >= 0 && ageMs < SNAPSHOT_MS) return undefined
  return `its health snapshot is of ${takenAt}; one is good for 24 hours`
}

async function changedAttempt({ earlier }: Comparison): Promise<string | undefined> {
  const { folder } = await earlier.read('attempt')
  const { manifestSha256 } = await earlier.read('seal')
  const report = await verifyEvidence(folder, [{ from: 'the earlier run', manifestSha256 }])
  return report.ok ? undefined : `its sealed attempt was modified: ${report.problems.join('; ')}`
}

async function changedLog({ earlier }: Comparison): Promise<string | undefined> {
  const { runs } = await earlier.read('teamspace')
  for (const { log, logSha256 } of runs) {
    const found = await sha256OfFile(log).catch(() => undefined)
    if (found === undefined || found !== logSha256) return `${log} is not what it was`
  }
  return undefined
}
