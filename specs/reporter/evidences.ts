import { conclude } from '../../packages/gate-kernel/src/report/conclude.ts'
import type { Evidence } from '../../packages/gate-kernel/src/evidence/run-evidence.ts'
import { verdictOfRun } from '../../packages/gate-kernel/src/report/run-verdict.ts'
import { gate } from '../../gate/gate.ts'
import type { RunObservation } from '../../packages/gate-kernel/src/report/observation.ts'

/** The evidence of an observed run, its publication complete where the run may be published. */
export function evidenceOf(run: RunObservation): Evidence {
  const verdict = verdictOfRun(gate, run)
  const publication = verdict.publishable
    ? ({ status: 'complete', record: {}, comments: [] } as const)
    : ({ status: 'withheld' } as const)
  return {
    schemaVersion: 1,
    runId: '20260520T080000Z-1f3a',
    world: 'rehearsal',
    ...conclude(gate, verdict, publication),
    state: verdict.publishable ? 'GATE_COMPLETE' : 'STOPPED',
    startedAt: '2026-05-20T08:00:00.000Z',
    finishedAt: '2026-05-20T08:01:00.000Z',
    candidate: { tag: 'v3.2.0rc16', version: '3.2.0rc16', commit: 'a'.repeat(40) },
    attempt: { folder: '/w/v3.2.0rc16-attempt1', manifestSha256: 'b'.repeat(64) },
    weakenings: [...verdict.weakenings],
  }
}
