import { join } from 'node:path'
import { defineGate } from '@canary-gate/gate-kernel'
import {
  attemptChange,
  blockersChange,
  candidateChange,
  checks,
  evidenceRules,
  examine,
  facts,
  harnessChange,
  lastLook,
  loadWorld,
  logsChange,
  pageOf,
  publicationSteps,
  repeats,
  rowsChange,
  serviceChange,
  knownSecrets,
  notifierIn,
  notifierOf,
  signingKeyOf,
  snapshotAge,
  suiteChange,
  summaryOf,
  waiversOf,
  worldSchema,
  writesTo,
} from '@canary-gate/phase4-gate/definition'

const { comment41, close41, comment1038, trackerOpen } = publicationSteps()

/**
 * The gate of Phase 4, as one table (spec 001): a row for each requirement, in the order in which they
 * are proven. Constraints and NFRs come where their evidence first exists; what is published comes last,
 * the operator's own decision at the very end.
 *
 * What may be re-used of a stopped run is only what is expensive: the proof of the fixes, the canary, the
 * Teamspace suite. Everything else is proven again in every run, on the facts that were taken over.
 */
export const gate = defineGate({
  title: 'canary gate',
  root: join(import.meta.dirname, '..'),
  sources: [
    ...['vitest.config.ts', 'tsconfig.json', 'package.json', 'package-lock.json'],
    // What the configuration loads besides: the set-up that writes the world, and other gates.
    ...['fixtures', 'release', 'specs/register.ts'],
  ],
  world: worldSchema,
  loadWorld,
  facts,
  summary: summaryOf,
  evidence: evidenceRules,
  ...{ signingKey: signingKeyOf, notifier: notifierOf, notifierIn, waivers: waiversOf },
  secrets: (world) => knownSecrets(world),
  ...{ examine, repeats, commands: ['candidates'] },
  ...{ writesTo, page: pageOf, lastLook },
  readBackAfterMs: ({ world }) => world.github.readBackAfterMs,
  afterRelease: 'decide the release: issue 1038 is open and holds the evidence',
  requirements: [
    {
      id: 'GATE/C-006',
      text: 'Pull requests 42 and 44 are merged already: merging them is a recorded no-op.',
      verify: checks.verifyMergesAreNoOps,
      waivable: true,
    },
    {
      id: 'GATE/FR-001',
      text: 'Issues 1141 and 1182 are both closed before any later step runs.',
      verify: checks.verifyBlockersClosed,
      waivable: true,
    },
    {
      id: 'GATE/FR-002',
      text: 'The change that closed 1141 alters the queue path and has a test that fails without it.',
      verify: checks.verifyFixSubstance,
      waivable: true,
      reaches: 'BLOCKERS_VERIFIED',
      reuse: { needs: ['GATE/FR-002'], facts: ['fixes'], unchanged: [blockersChange] },
    },
    {
      id: 'GATE/FR-003',
      text: 'The newest prerelease after rc15 is installed from the index; without one, the gate stops.',
      verify: checks.verifyCandidateInstalled,
    },
    {
      id: 'GATE/C-001',
      text: 'Only a prerelease is installed; the final 3.2.0 is never cut.',
      verify: checks.verifyOnlyPrerelease,
    },
    {
      id: 'GATE/NFR-004',
      text: 'The installed CLI traces to a commit at or after the baseline cc5e1ca9.',
      verify: checks.verifyTraceableBuild,
    },
    {
      id: 'GATE/C-005',
      text: 'No build from before the baseline commit cc5e1ca9 is used.',
      verify: checks.verifyNotBeforeBaseline,
      reaches: 'RC_INSTALLED',
    },
    {
      id: 'GATE/FR-004',
      text: 'The owner and preflight modules import cleanly from the installed environment.',
      verify: checks.verifyBoundaryImports,
      waivable: true,
    },
    {
      id: 'GATE/FR-005',
      text: 'Both health endpoints answer 200, events are 5.1.0 or newer, no infra row failed.',
      verify: checks.verifyPreflight,
    },
    {
      id: 'GATE/FR-006',
      text: 'The 22 historical business-rule rows are still terminal-failed and unmodified.',
      verify: checks.verifyHistoricalRows,
      reaches: 'PREFLIGHT_CLEAN',
    },
    {
      id: 'GATE/FR-007',
      text: 'One canary run passes all four scenarios; a failure re-opens the matching blocker.',
      verify: checks.verifySingleCanary,
      reaches: 'SINGLE_RUN_PASSED',
      reuse: {
        needs: [
          'GATE/FR-007',
          'GATE/FR-008',
          'GATE/NFR-002',
          'GATE/NFR-001',
          'GATE/FR-010',
          'GATE/NFR-003',
        ],
        facts: [
          'attempt',
          'single',
          'stateBeforeSingle',
          'stateAfterSingle',
          'snapshotBeforeFourRuns',
          'fourRun',
          'stateAfterFourRuns',
          'seal',
        ],
        unchanged: [
          ...[candidateChange, harnessChange, serviceChange, rowsChange],
          ...[snapshotAge, attemptChange],
        ],
      },
    },
    {
      id: 'GATE/FR-008',
      text: 'Four canary runs in a row all say "outcome": "pass".',
      verify: checks.verifyFourRunProtocol,
      reaches: 'FOUR_RUN_PASSED',
      // Its facts came with those of the single run: the canary is one proof.
      reuse: { after: ['GATE/FR-007'] },
    },
    {
      id: 'GATE/NFR-002',
      text: 'At every preflight the service is ready (200) with an infra failure count of 0.',
      verify: checks.verifyReadyAtEveryPreflight,
    },
    {
      id: 'GATE/NFR-001',
      text: 'All four run documents pass with zero manual interventions between them, measured.',
      verify: checks.verifyZeroInterventions,
    },
    {
      id: 'GATE/FR-010',
      text: 'Each attempt keeps its evidence in a folder of its own; earlier attempts stay as they are.',
      verify: checks.verifyEvidencePreserved,
    },
    {
      id: 'GATE/NFR-003',
      text: 'Evidence of a finished attempt is never modified afterwards.',
      verify: checks.verifyEvidenceImmutable,
    },
    {
      id: 'GATE/FR-013',
      text: 'The Teamspace suite passes four times in a row and each log is kept.',
      verify: checks.verifyTeamspaceSuite,
      waivable: true,
      reuse: {
        needs: ['GATE/FR-013', 'GATE/NFR-005'],
        after: ['GATE/FR-008'],
        facts: ['teamspace'],
        unchanged: [candidateChange, suiteChange, logsChange],
      },
    },
    {
      id: 'GATE/NFR-005',
      text: 'The Teamspace suite needs no clean-up retry; a failed run is root-caused first.',
      verify: checks.verifyCleanConsecutiveRuns,
      waivable: true,
    },
    {
      id: 'GATE/FR-009',
      text: 'No queue, database, daemon record, event or ingress cap is changed by hand.',
      verify: checks.verifyNoManualMutation,
    },
    {
      id: 'GATE/C-002',
      text: 'The 22 historical rows of the deployed service are never rebased, reset or modified.',
      verify: checks.verifyHistoricalRowsUntouched,
    },
    {
      id: 'GATE/C-003',
      text: 'No local queue event is replayed or deleted to make the canary pass.',
      verify: checks.verifyLocalQueueUntouched,
    },
    {
      id: 'GATE/C-004',
      text: 'The ingress size cap of the service is not raised to suppress a 413.',
      verify: checks.verifyIngressCapUnchanged,
    },
    {
      id: 'GATE/C-008',
      text: 'All work stays inside the prepared workspace; older checkouts are not used.',
      verify: checks.verifyConfinement,
    },
    {
      id: 'GATE/FR-011',
      text: 'After the four runs, one complete evidence comment is on end-to-end issue 41.',
      verify: checks.verifyE2eCommentReady,
      publish: comment41,
    },
    {
      id: 'GATE/FR-012',
      text: 'End-to-end issue 41 is closed, after its evidence comment.',
      verify: checks.verifyE2eClosable,
      publish: {
        ...close41,
        reaches: [
          { event: 'e2e-closed', state: 'E2E_GATE_CLOSED' },
          { event: 'teamspace-confirmed', state: 'TEAMSPACE_PASSED' },
        ],
      },
    },
    {
      id: 'GATE/FR-014',
      text: 'One complete evidence comment is on the release tracker, issue 1038.',
      verify: checks.verifyTrackerCommentReady,
      publish: comment1038,
    },
    {
      id: 'GATE/FR-015',
      text: 'The gate leaves the release tracker, issue 1038, open.',
      verify: checks.verifyTrackerStaysOpen,
      publish: {
        ...trackerOpen,
        reaches: [{ event: 'tracker-commented', state: 'GATE_COMPLETE' }],
      },
    },
    {
      id: 'GATE/C-007',
      text: "The release decision is the operator's: no code path of the gate closes issue 1038.",
      verify: checks.verifyTrackerCannotBeClosed,
    },
  ],
})

export type GateId = (typeof gate)['order'][number]
