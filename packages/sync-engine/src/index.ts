/**
 * The event-sync engine: capture first, deliver to any target later, lose none. The one public entry;
 * `docs/engine.md` shows it in ten lines. Everything network is loaded on first use, so that a
 * command which only captures or reads starts fast.
 */
export { SyncError, type SyncCode } from './base/errors.ts'
export { ERROR_CODES } from './base/error-codes.ts'
export { commandLine, commandOrRemark, remedyText, type Remedy } from './base/remedies.ts'
export { contentHash } from './base/digest.ts'

export {
  resolveTarget,
  type ResolvedSyncTarget,
  type TargetInputs,
  type TargetResolution,
} from './target/resolve.ts'
export { queueDbPath, queueScope, scopeDigest, type Login } from './target/scope.ts'
export { canonicalUrl, endpointUrl, serverUrl } from './target/url.ts'

export { MODES, modeNamed, type EventSyncConfig, type ModeName } from './config/modes.ts'
export { discardDecision, eventFamily } from './config/discard.ts'

export {
  journalPath,
  lostEventsIn,
  openJournal,
  readJournal,
  type Journal,
  type JournalOptions,
} from './journal/journal.ts'
export type { BlockedReason, CaptureContext, CaptureOutcome } from './journal/capture-outcome.ts'
export { capture } from './journal/capture.ts'
export { canonicalJson, envelopeProblems, type EventEnvelope } from '@canary-gate/batch-contract'
export { blockedCounts, clearBlocked } from './journal/blocked.ts'
export {
  findEvent,
  listQuarantined,
  readEntries,
  readSomeEntries,
  type JournalEntry,
  type ListOptions,
  type QuarantinedEvent,
} from './journal/read.ts'
export { explainSqlite } from './journal/explain-sqlite.ts'
export { homeFolder } from './home/home.ts'
export { lostEvents, lostText } from './journal/high-water.ts'
export { journalTotals, type JournalTotals } from './journal/totals.ts'

export { findTarget, listTargets, registerTarget, type Target } from './delivery/targets.ts'
export { targetId, type TargetIdentity } from './target/identity.ts'
export { countsFor, type TargetCounts } from './delivery/counts.ts'
export {
  deliveredAnywhere,
  ledgerOf,
  openEntries,
  terminalFailures,
  type LedgerEntry,
} from './delivery/ledger.ts'
export {
  discardFailed,
  failuresOf,
  listFailed,
  retryFailed,
  retryTerminal,
  type DeadLetter,
} from './delivery/dead-letters.ts'
export { forgetTarget, redrain } from './delivery/generation.ts'
export { integrityProblems, recount, type Miscount } from './delivery/recount.ts'
export { LEDGER_STATUSES, type LedgerStatus } from './delivery/transition.ts'
export { producerOf, renewProducer, type Producer } from './delivery/producer.ts'
export { ENDINGS, type End, type EndWord } from './delivery/end.ts'
export { drain, type DrainOptions } from './delivery/drain.ts'
export type { DrainReport } from './delivery/report.ts'
export type { DrainProgress, DrainStop } from './delivery/progress.ts'

export type { DeliveryReceiver } from './receivers/contract.ts'
export { teamspaceReceiver, type Access } from './receivers/teamspace.ts'
export { externalReceiver, stubReceiver } from './receivers/external.ts'

// Status
export { statusReport, type StatusReport } from './status/report.ts'

// Boundary: home, configuration, login, owner
export {
  activeTeam,
  prepareSession,
  removeSession,
  writeSession,
  type Session,
} from './auth/session.ts'
export { deviceLogin } from './auth/device-flow.ts'
export { loginRemedy, migrateAfterLogin, startObstacle } from './context/daemon-start.ts'
export { setConfig } from './home/config-file.ts'
export {
  openCommandContext,
  requireTarget,
  type CommandContext,
} from './context/command-context.ts'
export { openForAction } from './context/preflight.ts'
export { refusalOf } from './context/refusal.ts'
export { deliveryPass, endOfPass, type PassReport } from './daemon/pass.ts'

// Consent
export { auditEntries, noteDecision, type Decider } from './consent/audit.ts'
export { coverProject, grant, isUndecided, listConsents, revoke } from './consent/decide.ts'
export { agreedProjectNames, type AgreedProject } from './consent/projects.ts'
export { mayGo } from './consent/allowed.ts'
export { readDocumentGroups, type DocumentGroup } from './bodies/groups.ts'
export { onOneLine } from './base/remedies.ts'
export {
  allowCommand,
  undeliveredByStream,
  waitingForConsent,
  type StreamCount,
} from './consent/waiting.ts'
export { senderOf, isDelivering } from './context/sender.ts'
export { currentIdentity } from './context/delivery-mode.ts'
export type { Sender } from './consent/sender.ts'

// Missions
export { createMission } from './mission/create.ts'
export type { Emitter } from './mission/emit.ts'
export { journalEmitter } from './mission/emitter.ts'
export { onlyMission, openMission, type Mission } from './mission/folder.ts'
export { moveTask, type Moved } from './mission/move.ts'
export { ensureProject, findProject, type Project } from './mission/project.ts'
export { requireLoginWhenSyncing, setUpPlan } from './mission/setup-plan.ts'
export {
  startStubServer,
  type StubServer,
  type StubServerOptions,
} from './receivers/stub-server.ts'

// Migration
export { AFTER_UPLOAD } from './queues/divergent-documents.ts'
export { previewMigration, queuedDocuments } from './migration/dry-run.ts'
export { migrate } from './migration/migrate.ts'
export type { MigrationReport } from './migration/report.ts'
export { resolveConflicts, type Decision } from './migration/resolve.ts'
export type { ResolveReport } from './migration/selection.ts'

// Daemon
export { readOwner, withoutToken } from './context/owner.ts'
export { askDaemon, saysDiskFull } from './daemon/client.ts'
export { startDaemon, stopDaemon, type DaemonProgram, type Stopped } from './daemon/control.ts'
export { daemonWords, listOrphans, retireOrphans, type OrphanReport } from './daemon/orphans.ts'
export { DAEMON_TIMES, runDaemon } from './daemon/run.ts'

// Retention
export { archive, type ArchiveReport } from './retention/archive.ts'
export { exportEvents, exportFailed, writeFailed, exportToFile } from './retention/export.ts'
export { collectGarbage, type GcReport } from './retention/gc.ts'
export { backUp, type BackupReport } from './retention/backup.ts'
export { repairJournal, type RepairReport } from './retention/repair.ts'
export { repairHome, type HomeRepairReport } from './daemon/repair.ts'
export { importEvents, type ImportProgress } from './retention/import.ts'
export { modeOf } from './context/delivery-mode.ts'
export { userName } from './base/user-name.ts'
