import type { Evidence } from '../report/evidence.ts'
import { shellWord } from '../typed-command.ts'
import { policies } from './policy.ts'
import { leavesRecord } from './record.ts'

/**
 * The command that takes a held run up; undefined where that spares nothing, or where the world was
 * made for this run alone.
 *
 * @param configuration file of the world, undefined for a world without one
 */
export function takeUpCommand(
  evidence: Evidence,
  configuration: string | undefined,
): string | undefined {
  const spares = evidence.requirements.some(
    ({ id, verdict }) => verdict === 'pass' && Object.keys(policies).includes(id),
  )
  if (configuration === undefined || !spares || !leavesRecord(evidence)) return undefined
  return `canary-gate run --config ${shellWord(configuration)} --resume ${evidence.runId}`
}
