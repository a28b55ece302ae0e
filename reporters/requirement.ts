import { inject, test } from 'vitest'
import {
  artifactsOf,
  closeToOthers,
  type DefinedGate,
  type FactSchemas,
  type Gate,
  inconclusive,
  onFullDisk,
  openRun,
  redact,
  redactValue,
  reuse,
  rowOf,
  type RunSummary,
  type StopReport,
  stopReportOf,
  waiverFor,
  withdrawVerdict,
} from '@canary-gate/gate-kernel'
import { programTimeMs } from '@canary-gate/programs'
import './meta.ts'

closeToOthers()

/**
 * The function by which the test files of a gate name their requirement. Each is one test: its title is
 * the sentence of the table, its body the row's `verify`. That returns for a pass and throws a GateStop,
 * or fails an assertion, for everything else; the verdict travels to the reporter in the test's meta.
 */
export function requirementsOf<World, Facts extends FactSchemas, Id extends string>(
  gate: DefinedGate<World, Facts, Id>,
): (id: Id) => void {
  return (id) => {
    const row = rowOf(gate, id)
    if (row === undefined) throw new Error(`the table of the gate has no ${id}`)
    test(`${id} ${row.text}`, async ({ task, annotate }) => {
      const notes: Promise<unknown>[] = []
      let folders: readonly string[] = []
      try {
        const run = await openRun(gate, runFolder(gate), (message) => {
          notes.push(annotate(redact(message), 'progress'))
        })
        folders = [run.folder, ...gate.writesTo(run.world)]
        const reusedFrom = await reuse(gate, run, id, Date.now())
        if (reusedFrom === undefined) await row.verify(run)
        task.meta.requirement = { id, verdict: 'pass', ...(reusedFrom && { reusedFrom }) }
      } catch (error) {
        const stop = redactValue(await onFullDisk(stopReportOf(error), folders)) as StopReport
        const waiver = await waiverOf(gate, id, stop)
        task.meta.requirement = { id, verdict: stop.verdict, stop, ...(waiver && { waiver }) }
        // Without one, the error ends the run; with one, it goes on, and does not release.
        if (waiver === undefined) throw withoutSecrets(error)
      } finally {
        task.meta.programsMs = programTimeMs()
        await Promise.all(notes)
      }
    })
  }
}

/** The waiver by which an owner goes on in spite of this stop, by its digest. */
async function waiverOf(gate: Gate, id: string, stop: StopReport): Promise<string | undefined> {
  const run = await openRun(gate, runFolder(gate), () => undefined).catch(() => undefined)
  const source = run === undefined ? undefined : gate.waivers(run.world)
  if (run === undefined || source === undefined) return undefined
  const { candidate } = await gate.summary(run).catch((): RunSummary => ({}))
  return waiverFor({ gate, source, id, stop, candidate: candidate?.tag, now: new Date() })
}

/**
 * What this process knows to be secret, another one does not: it is removed before the error, which
 * Vitest prints, leaves this process.
 */
function withoutSecrets(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  error.message = redact(error.message)
  if (error.stack !== undefined) error.stack = redact(error.stack)
  return error
}

/**
 * The folder of this run. Under a configuration that is not the gate's own there is none: then no
 * verdict can come of it, and none of an earlier run may be taken for its result.
 */
function runFolder(gate: Gate): string {
  const folder = inject('runFolder') as string | undefined
  if (folder !== undefined) return folder
  withdrawVerdict(artifactsOf(gate, process.env))
  throw inconclusive({
    code: 'not-the-pinned-run',
    cause: 'environment',
    what: 'this test was started without the reporter that follows the gate',
    where: 'the configuration of this run',
    next: 'run the gate as it is pinned',
    command: ['run'],
  })
}
