import type { Gate } from '../definition/gate.ts'
import type { GateRun } from '../definition/run.ts'
import { readRecord } from '../publication/record.ts'
import type { PublicationOutcome } from '../report/conclude.ts'
import { stopReportOf } from '../stop/stop-report.ts'

/**
 * Looks again at everything that the verdict rests on and that may have changed since it was proven.
 * Made right before the first write of a publication, and again before a broken one is completed.
 *
 * @returns undefined where all of it still holds; else a publication that ends at the requirement that
 *   does not hold any more, with nothing written by this call
 */
export async function lookAgain(gate: Gate, run: GateRun): Promise<PublicationOutcome | undefined> {
  for (const row of gate.lastLook) {
    const { requirement, what } = row
    run.progress(`before publication: ${what}`)
    try {
      await row.look(run)
    } catch (error) {
      const stop = stopReportOf(error)
      const record = await readRecord(run.folder)
      const told = `it held when it was proven, and not right before the publication: ${stop.what}`
      return {
        status: 'broken',
        record,
        comments: [],
        at: requirement,
        stop: { ...stop, what: told },
      }
    }
  }
  return undefined
}
