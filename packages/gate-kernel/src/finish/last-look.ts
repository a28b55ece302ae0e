import type { Gate } from '../definition/gate.ts'
import type { GateRun } from '../definition/run.ts'
import { readRecord } from '../publication/record.ts'
import type { PublicationOutcome } from '../report/conclude.ts'
import { stopReportOf } from '../stop/stop-report.ts'
import { nextOf, type StopReport } from '../stop/verdict.ts'
import { commentsOf } from './publication-outcome.ts'

/** Right before the first write, or when everything was written and read back. */
type Moment = 'before' | 'after'

/**
 * Looks again at everything that the verdict rests on and that may have changed since it was proven.
 * Made right before the first write of a publication, again before a broken one is completed, and once
 * more when everything was written: the writes take seconds, in which a blocker may be re-opened.
 *
 * @returns undefined where all of it still holds; else a publication that ends at the requirement that
 *   does not hold any more, with nothing written by this call
 */
export async function lookAgain(
  gate: Gate,
  run: GateRun,
  moment: Moment = 'before',
): Promise<PublicationOutcome | undefined> {
  for (const row of gate.lastLook) {
    const { requirement, what } = row
    run.progress(`${moment} publication: ${what}`)
    try {
      await row.look(run)
    } catch (error) {
      const record = await readRecord(run.folder)
      return {
        ...{ status: 'broken', record, at: requirement },
        comments: record === null ? [] : commentsOf(gate, record),
        ...(moment === 'after' && { isPublished: true as const }),
        stop: changed[moment](stopReportOf(error), run.id),
      }
    }
  }
  return undefined
}

/** What a requirement that held when it was proven says now, and what to do about it then. */
const changed: Readonly<Record<Moment, (stop: StopReport, runId: string) => StopReport>> = {
  before: (stop) => ({
    ...stop,
    what: `it held when it was proven, and not right before the publication: ${stop.what}`,
  }),
  after: (stop, runId) => ({
    ...stop,
    what: `it held before the publication, and not after its last write; the comments stand: ${stop.what}`,
    // What could not be found out is asked again; what has changed needs a person first.
    ...(stop.verdict === 'inconclusive' && {
      ...{ next: '', command: ['publish', '--resume', runId] },
      findings: [...(stop.findings ?? []), nextOf(stop)],
    }),
  }),
}
