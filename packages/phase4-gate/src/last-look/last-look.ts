import type { LastLook } from '@canary-gate/gate-kernel'
import type { GateRun } from '../run/run.ts'
import { checks } from '../checks/checks.ts'

type Look = LastLook<GateRun> & { readonly requirement: `GATE/${string}` }

const stillChosen = async (run: GateRun): Promise<void> => {
  await (await import('../installation/choose.ts')).requireStillChosen(run)
}

const sameHarness = async (run: GateRun): Promise<void> => {
  await (await import('../harness/compare.ts')).requireSameHarness(run)
  await (await import('../canary/kept.ts')).requireDocumentsKept(run)
}

const stillTrue =
  (name: 'requireBlockersAsProven' | 'requireCommentsStillTrue' | 'requireStillReady') =>
  async (run: GateRun): Promise<void> => {
    await (await import('../publication/still-true.ts'))[name](run)
  }

/**
 * Everything that the verdict rests on and that may change while the gate runs, by requirement and in
 * their order. What is not in this list cannot change by itself (the candidate's history is named by
 * hashes; the suite's runs are over and their logs are held by digest in the comments' checklist).
 */
export const lastLook = [
  look('GATE/C-006', 'pull requests 42 and 44 are merged', checks.verifyMergesAreNoOps),
  look('GATE/FR-001', '1141 and 1182 are closed', stillTrue('requireBlockersAsProven')),
  look('GATE/FR-003', 'the candidate is the newest, and offered', stillChosen),
  look('GATE/NFR-004', 'tag, package and fixes of the candidate', checks.lookAtBuild),
  look('GATE/FR-008', 'canary and suite are what ran', sameHarness),
  look('GATE/NFR-002', 'the service is ready', stillTrue('requireStillReady')),
  look('GATE/FR-010', 'earlier attempts are as they were', checks.verifyEvidencePreserved),
  look('GATE/NFR-003', 'the sealed attempt is as it was', checks.verifyEvidenceImmutable),
  look('GATE/FR-009', 'nothing was changed by hand', checks.verifyNoManualMutation),
  look('GATE/C-002', 'the historical rows are as they were', checks.verifyHistoricalRowsUntouched),
  look('GATE/C-004', 'the ingress cap is as it was', checks.verifyIngressCapUnchanged),
  look('GATE/FR-011', 'what the comments say is true', stillTrue('requireCommentsStillTrue')),
  look('GATE/FR-012', 'issue 41 can be closed', checks.verifyE2eClosable),
  look('GATE/FR-015', 'issue 1038 is open', checks.verifyTrackerStaysOpen),
] as const satisfies readonly Look[]

function look<const Id extends `GATE/${string}`>(
  requirement: Id,
  what: string,
  again: (run: GateRun) => Promise<void>,
): LastLook<GateRun, Id> {
  return { requirement, what, look: again }
}
