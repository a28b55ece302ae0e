import type { Evidence } from '../evidence/run-evidence.ts'
import { type Gate, rowOf } from '../definition/gate.ts'
import { inMannerOf, type RunManner } from '../stop/remedy.ts'
import { leavesRecord } from './record.ts'

/**
 * The command that resumes a held run; undefined where that spares nothing, or where the world was
 * made for this run alone.
 */
export function resumeCommand(
  gate: Gate,
  evidence: Evidence,
  manner: RunManner,
): readonly string[] | undefined {
  const spares = evidence.requirements.some(
    ({ id, verdict }) => verdict === 'pass' && rowOf(gate, id)?.reuse !== undefined,
  )
  if (manner.configuration === undefined || !spares || !leavesRecord(evidence)) return undefined
  return inMannerOf(['run', '--resume', evidence.runId], manner)
}
