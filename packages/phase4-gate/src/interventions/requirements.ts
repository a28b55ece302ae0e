import { failed } from '@canary-gate/gate-kernel'
import type { GateRun } from '../run/run.ts'

/** GATE/NFR-001: all runs pass, and between them nobody touched anything, as measured. */
export async function verifyZeroInterventions(run: GateRun): Promise<void> {
  const single = await run.facts.read('single')
  const fourRun = await run.facts.read('fourRun')
  const { folder } = await run.facts.read('attempt')
  const findings = [...single.interventions, ...fourRun.interventions]
  if (findings.length > 0) {
    throw failed({
      code: 'intervention',
      cause: 'cannot-tell',
      what: `${findings.length} change${findings.length === 1 ? '' : 's'} that the protocol cannot explain: ${findings.join('; ')}`,
      where: folder,
      next: 'find out who or what made them, then run the gate again without touching anything',
      findings,
    })
  }
  const passed = fourRun.runs.filter(({ outcome }) => outcome === 'pass')
  const { runs } = run.world.canary
  if (fourRun.runs.length === runs && passed.length === runs) return
  throw failed({
    code: 'canary-failed',
    what: `${passed.length} of ${runs} runs passed`,
    where: folder,
    next: 'find the root cause with the preserved evidence',
  })
}
