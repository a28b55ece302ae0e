import type { GateRun } from '../run/run.ts'

type Check = (run: GateRun) => Promise<void>

/** A check that loads its module when it is made: each requirement has a process of its own. */
function from<Name extends string>(
  load: () => Promise<Readonly<Record<Name, Check>>>,
  name: Name,
): Check {
  return async (run) => {
    await (await load())[name](run)
  }
}

const blockers = () => import('../blockers/requirements.ts')
const canary = () => import('../canary/requirements.ts')
const confinement = () => import('../confinement/requirements.ts')
const evidence = () => import('../evidence/requirements.ts')
const fixSubstance = () => import('../fix-substance/requirement.ts')
const guards = () => import('../guards/requirements.ts')
const installation = () => import('../installation/requirements.ts')
const interventions = () => import('../interventions/requirements.ts')
const publication = () => import('../publication/requirements.ts')
const service = () => import('../service/requirements.ts')
const teamspace = () => import('../teamspace/requirements.ts')

/** What the requirements of the gate check, by name (`gate/gate.ts`). */
export const checks = {
  verifyBlockersClosed: from(blockers, 'verifyBlockersClosed'),
  verifyMergesAreNoOps: from(blockers, 'verifyMergesAreNoOps'),
  verifyFourRunProtocol: from(canary, 'verifyFourRunProtocol'),
  verifySingleCanary: from(canary, 'verifySingleCanary'),
  verifyConfinement: from(confinement, 'verifyConfinement'),
  verifyEvidenceImmutable: from(evidence, 'verifyEvidenceImmutable'),
  verifyEvidencePreserved: from(evidence, 'verifyEvidencePreserved'),
  verifyFixSubstance: from(fixSubstance, 'verifyFixSubstance'),
  verifyHistoricalRowsUntouched: from(guards, 'verifyHistoricalRowsUntouched'),
  verifyIngressCapUnchanged: from(guards, 'verifyIngressCapUnchanged'),
  verifyLocalQueueUntouched: from(guards, 'verifyLocalQueueUntouched'),
  verifyNoManualMutation: from(guards, 'verifyNoManualMutation'),
  verifyBoundaryImports: from(installation, 'verifyBoundaryImports'),
  verifyCandidateInstalled: from(installation, 'verifyCandidateInstalled'),
  verifyNotBeforeBaseline: from(installation, 'verifyNotBeforeBaseline'),
  verifyOnlyPrerelease: from(installation, 'verifyOnlyPrerelease'),
  verifyTraceableBuild: from(installation, 'verifyTraceableBuild'),
  lookAtBuild: from(installation, 'lookAtBuild'),
  verifyZeroInterventions: from(interventions, 'verifyZeroInterventions'),
  verifyE2eClosable: from(publication, 'verifyE2eClosable'),
  verifyE2eCommentReady: from(publication, 'verifyE2eCommentReady'),
  verifyTrackerCannotBeClosed: from(publication, 'verifyTrackerCannotBeClosed'),
  verifyTrackerCommentReady: from(publication, 'verifyTrackerCommentReady'),
  verifyTrackerStaysOpen: from(publication, 'verifyTrackerStaysOpen'),
  verifyHistoricalRows: from(service, 'verifyHistoricalRows'),
  verifyPreflight: from(service, 'verifyPreflight'),
  verifyReadyAtEveryPreflight: from(service, 'verifyReadyAtEveryPreflight'),
  verifyCleanConsecutiveRuns: from(teamspace, 'verifyCleanConsecutiveRuns'),
  verifyTeamspaceSuite: from(teamspace, 'verifyTeamspaceSuite'),
} as const
