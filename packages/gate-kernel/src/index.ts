export { attest, type AttestedRun, isAttested } from './attestation/attest.ts'
export type { Subject } from './attestation/compose.ts'
export { openEnvelope, seal as sealEnvelope } from './attestation/dsse.ts'
export { readSigningKey, readVerifyingKey, type SigningKey } from './attestation/key.ts'
export { type EvidenceRules, type ReadDocument } from './attestation/rules.ts'
export { AttestationProblem } from './attestation/problem.ts'
export { type RunReport } from './attestation/run-report.ts'
export { openWaiver, signWaiver, type Waiver, waiverSchema } from './attestation/waiver.ts'
export { writePredicates } from './attestation/predicates.ts'
export { examineRun, type ExaminedRun, verifyRun } from './attestation/verify.ts'
export { outliveReaders } from './command/closed-output.ts'
export { asTyped, TYPED_AS, typedForm } from './command/typed.ts'
export { requirementOfFile } from './definition/files.ts'
export { type Finding, missing, present, unknown } from './definition/finding.ts'
export {
  type DefinedGate,
  defineGate,
  type ExaminedFrom,
  type LastLook,
  type Gate,
  type GateDefinition,
  publishedRows,
  type Repeated,
  type RequirementRow,
  rowOf,
  type RunSummary,
  type PageContent,
} from './definition/gate.ts'
export type { Comparison, InputChange, ReuseRule } from './definition/reuse.ts'
export type { FactSchemas, FactStore, GateRun } from './definition/run.ts'
export type { WaiverSource } from './definition/waivers.ts'
export type { PublicationStep, StepContext, StepResult } from './definition/step.ts'
export { type Headline, headlineOf, isProvenOnly } from './evidence/headline.ts'
export { manifestName } from './evidence/manifest.ts'
export { isSealed, sealAttempt } from './evidence/seal.ts'
export { fingerprintTree, sha256Of, sha256OfFile } from './evidence/tree.ts'
export { type Anchor, verifyEvidence, type VerifyReport } from './evidence/verify.ts'
export { waiverFor } from './finish/waivers.ts'
export { finishRun, resumePublication } from './finish/finish.ts'
export { readPassed } from './finish/passed-run.ts'
export { openGitHub } from './github/client.ts'
export type { GitHub } from './github/github.ts'
export type { GitHubOptions } from './github/external-write.ts'
export { GitHubStop } from './github/stop.ts'
export type { GitHubSettings, IssueTarget, IssueTargets } from './github/targets.ts'
export type { Comment, Issue, TimelineEvent } from './github/types.ts'
export { tokenFrom, tokenOfCommand } from './github/token.ts'
export { firstUnproven, writePassToken, writeWaivedToken } from './latch/tokens.ts'
export { type Notification, notificationWithoutVerdict } from './notify/notification.ts'
export { notify, type Notifier, wasNotified } from './notify/notifier.ts'
export { isUntouched, markerOf, withMarker, withoutMarker } from './publication/marker.ts'
export { confirmComment } from './publication/confirm.ts'
export type { Posted } from './publication/converge.ts'
export {
  type Clock,
  type PollPolicy,
  systemClock,
  usualPollPolicy,
} from './publication/poll-policy.ts'
export { postOnce } from './publication/post.ts'
export type { Recognised } from './publication/posting.ts'
export { publish, type PublishOptions } from './publication/publish.ts'
export {
  type PublicationRecord,
  readRecord as readPublicationRecord,
} from './publication/record.ts'
export { bringInto } from './publication/state-change.ts'
export type { Write } from './evidence/write.ts'
export { readWrites, recordWrites } from './publication/writes.ts'
export { heldSecrets, rememberSecrets } from './secrets/held.ts'
export { escapeMarkdown, publicCode, publicJson, publicText } from './secrets/public-text.ts'
export { redact, redactAll, redactValue } from './secrets/redact.ts'
export { againstRelease } from './evidence/release.ts'
export { type Evidence, evidenceSchema } from './evidence/run-evidence.ts'
export { asIfPassed, modulePassed } from './report/integrity.ts'
export {
  type Interrupted,
  renderInterrupted,
  renderUnwritten,
  type Unwritten,
} from './report/without-verdict.ts'
export { fullDisk, onFullDisk } from './run/ground.ts'
export type { ModuleObservation, RunObservation, TestObservation } from './report/observation.ts'
export { reusedFrom } from './report/run-verdict.ts'
export { terminalColors, type Colors, plainColors, renderScreen } from './report/screen.ts'
export { gateDigest } from './resume/gate-digest.ts'
export { readRecord, worldDigest } from './resume/record.ts'
export { reuse } from './resume/reuse.ts'
export { artifactsOf, beginRun, latestRun, makeRunId, withdrawVerdict } from './run/begin.ts'
export { isDryRun } from './run/dry-run.ts'
export { openFactStore } from './run/fact-store.ts'
export { isRunId } from './run/resumed.ts'
export { closeToOthers } from './run/umask.ts'
export { openRun } from './run/run.ts'
export { unsafeVariables } from './run/variables.ts'
export { settingsForOptions, wrongSettings } from './run/settings.ts'
export { recordEvent } from './state/history.ts'
export { commandLine, type Remedy, remedyText, type RunManner } from './stop/remedy.ts'
export { ConfigurationError } from './stop/configuration-error.ts'
export { ownReport, stopReportOf } from './stop/stop-report.ts'
export {
  blocked,
  type Cause,
  failed,
  GateStop,
  inconclusive,
  nextOf,
  type StopReport,
} from './stop/verdict.ts'
export { collectTests } from './trace/collect.ts'
export { idsOfTitle } from './trace/title.ts'
export { findIn, type Register, type RegisteredRequirement, registerOf } from './trace/register.ts'
export { gateSourceOf } from './finish/gate-source.ts'
export {
  originLine,
  traceReport,
  type TraceReport,
  type TracedRequirement,
} from './trace/report.ts'
export {
  readResults,
  recordResults,
  resultsBeside,
  type TestResultLine,
  textDigest,
} from './trace/results.ts'
export { type HistoryEntry, renderHistoryPage } from './page/history-page.ts'
export { Html, html, link } from './page/html.ts'
export { type ExternalWrite, type PageParts, type PageSection, renderPage } from './page/page.ts'
export { type Annotation, annotationsOf, workflowCommands } from './ci/annotations.ts'
export { type CheckRun, checkRunOf } from './ci/check-run.ts'
export { renderSummary } from './ci/summary.ts'
export { toJUnit } from './trace/export/junit.ts'
export { toLobster } from './trace/export/lobster.ts'
export { toOpenFastTrace } from './trace/export/openfasttrace.ts'
export { toStrictDoc } from './trace/export/strictdoc.ts'
export { toCsv, toHtml } from './trace/export/tables.ts'
