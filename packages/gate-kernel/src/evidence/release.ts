import { isProvenOnly } from './headline.ts'
import type { Evidence } from './run-evidence.ts'

/**
 * What in the evidence itself speaks against a release, one sentence each; empty if nothing does. A
 * document that says `release` together with any of these contradicts itself, and nothing of it is believed.
 */
export function againstRelease(evidence: Evidence): string[] {
  const { requirements } = evidence
  const ids = requirements.map(({ id }) => id)
  return [
    ...(ids.length === 0 ? ['no requirement was looked at'] : []),
    ...ids.filter((id, place) => ids.indexOf(id) !== place).map((id) => `${id} is there twice`),
    ...requirements
      .filter(({ verdict }) => verdict !== 'pass')
      .map(({ id, verdict }) => `${id} is ${verdict}`),
    ...requirements
      .filter(({ verdict, ...one }) => verdict === 'pass' && isStopped(one))
      .map(({ id }) => `${id} passed and was stopped`),
    ...stopOf(evidence),
    ...evidence.weakenings.map(({ what }) => `the run proves less: ${what}`),
    ...(evidence.publication.status === 'complete' ? [] : ['it was not published completely']),
  ]
}

type Result = Evidence['requirements'][number]

function isStopped({ stop, stoppedBy, waiver }: Omit<Result, 'verdict'>): boolean {
  return stop !== undefined || stoppedBy !== undefined || waiver !== undefined
}

function stopOf(evidence: Evidence): string[] {
  if (evidence.stop === null) return []
  if (isProvenOnly(evidence)) return ['it was a dry run: nothing was published']
  return [`the run stopped: ${evidence.stop.code}`]
}
