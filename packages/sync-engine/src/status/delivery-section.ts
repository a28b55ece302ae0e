import { commandOrRemark } from '../base/remedies.ts'
import { currentIdentity } from '../context/delivery-mode.ts'
import { countsFor, type TargetCounts } from '../delivery/counts.ts'
import { UNDECIDED } from '../delivery/ledger.ts'
import { listTargets } from '../delivery/targets.ts'
import { targetId } from '../target/identity.ts'
import type { CommandContext } from '../context/command-context.ts'
import { countQueue } from '../queues/queue-counts.ts'
import type { Journal } from '../journal/journal.ts'
import { lostEvents, lostText } from '../journal/high-water.ts'
import { statement } from '../journal/statements.ts'
import { journalTotals } from '../journal/totals.ts'
import { consentSection } from './consent-section.ts'
import { endSection, type Counted } from './end-section.ts'
import { gateSection } from './gate-section.ts'
import { oldestUndelivered } from './oldest-undelivered.ts'

/** gc is suggested from here on, and only when nothing is waiting anywhere (SYNC/NFR-004). */
export const GC_SUGGESTION_BYTES = 50 * 1024 * 1024

const SAMPLE = 50

/** The seven additive sections (SYNC/FR-019), and what waits for a consent. All counts come from counters and small indexes. */
export function deliverySections(context: CommandContext, journal: Journal, stranded = 0) {
  const targets = listTargets(journal).map((target) => ({
    target,
    counts: countsFor(journal, target.generationId),
  }))
  const currentId = currentTargetId(context)
  const current = targets.find(({ target }) => target.targetId === currentId)
  const waiting = waitingFor(journal, currentId, current)
  return {
    target_authority: authority(context),
    event_journal: journalSection(journal, targets),
    delivery_targets: targetsSection(context, currentId, targets),
    delivery_ledger: ledgerSection(targets, current, waiting),
    ending: endSection(context, journal, current, stranded),
    delivery_gate: gateSection(
      context,
      current?.target,
      waiting.events ?? journalTotals(journal).retained,
    ),
    migration_conflicts: conflictsSection(journal),
    terminal_failures: terminalSection(journal),
    body_upload_compatibility: bodySection(context),
    consent: consentSection(context, journal),
  }
}

export type DeliverySections = ReturnType<typeof deliverySections>

function currentTargetId(context: CommandContext): string | undefined {
  const identity = currentIdentity(context)
  return identity === undefined ? undefined : targetId(identity)
}

function authority(context: CommandContext) {
  const { resolution, identity } = context
  if (resolution.kind === 'refused')
    return {
      ...NO_AUTHORITY,
      // Whoever delivers to an address of their own needs no server; two that disagree are said all the same.
      needed: context.config.mode !== 'EXTERNAL_RECEIVER' || resolution.error.code !== 'no-server',
      queue_db_path: identity.queue_db_path,
      refused: resolution.error.what,
      remedy: commandOrRemark(resolution.error.remedy),
    }
  const { target } = resolution
  return {
    configured_server_url: target.configuredServerUrl ?? null,
    env_server_url: target.envServerUrl ?? null,
    override_mode: target.overrideMode,
    resolved_server_url: target.resolvedServerUrl,
    user_id: target.userId ?? null,
    team_slug: target.teamSlug ?? null,
    derived_queue_scope: target.derivedQueueScope ?? null,
    queue_db_path: target.queueDbPath,
    active_queue_scope_status: target.activeQueueScopeStatus,
    needed: true,
    refused: null,
    remedy: null,
  }
}

const NO_AUTHORITY = {
  configured_server_url: null,
  env_server_url: null,
  override_mode: 'none',
  resolved_server_url: null,
  user_id: null,
  team_slug: null,
  derived_queue_scope: null,
  active_queue_scope_status: 'absent',
} as const

function journalSection(journal: Journal, targets: readonly Counted[]) {
  const totals = journalTotals(journal)
  const isDelivered =
    targets.length > 0 && targets.every(({ counts: one }) => one.undelivered === 0)
  const gcSuggested =
    isDelivered && totals.retained > 0 && totals.retainedBytes >= GC_SUGGESTION_BYTES
  const size = { retained_event_count: totals.retained, journal_size_bytes: totals.retainedBytes }
  const lost = lostEvents(journal.db, journal.path)
  const reason = 'large, and every known target has every event; run: spec-kitty sync gc'
  return {
    ...size,
    archived_event_count: totals.archived,
    oldest_retained_event_at: totals.oldestRetainedAt ?? null,
    lost: lost === undefined ? null : lostText(lost),
    gc_suggested: gcSuggested,
    gc_suggestion: gcSuggested ? { reason, ...size } : null,
  }
}

function targetsSection(
  context: CommandContext,
  currentId: string | undefined,
  targets: readonly Counted[],
) {
  const identity = currentIdentity(context)
  const known = targets.find(({ target }) => target.targetId === currentId)?.target
  return {
    current: {
      target_id: known?.targetId ?? null,
      canonical_url: identity?.url ?? null,
      team_slug: identity?.teamSlug ?? null,
      user_email: identity?.userEmail ?? null,
      reset_suspected: known?.resetReason ?? null,
    },
    previous: targets
      .filter(({ target }) => target.targetId !== currentId)
      .map(({ target, counts }) => ({
        target_id: target.targetId,
        canonical_url: target.canonicalUrl,
        team_slug: target.teamSlug,
        user_email: target.userEmail,
        delivered_count: counts.delivered,
        undelivered_count: counts.undelivered,
        reset_suspected: target.resetReason ?? null,
      })),
  }
}

/** A target that was never reached has still to get everything; without a target nothing waits for one. */
function waitingFor(journal: Journal, currentId: string | undefined, current: Counted | undefined) {
  if (currentId === undefined) return { events: null, oldestAt: null }
  if (current === undefined) {
    const { retained, oldestRetainedAt } = journalTotals(journal)
    return { events: retained, oldestAt: oldestRetainedAt ?? null }
  }
  const { counts, target } = current
  return { events: counts.undelivered, oldestAt: oldestUndelivered(journal, target.generationId) }
}

function ledgerSection(
  targets: readonly Counted[],
  current: Counted | undefined,
  waiting: ReturnType<typeof waitingFor>,
) {
  const sum = (read: (counts: TargetCounts) => number): number =>
    targets.reduce((total, { counts }) => total + read(counts), 0)
  const deliveredCurrent = current?.counts.delivered ?? 0
  return {
    delivered_current_target: deliveredCurrent,
    delivered_previous_target: sum((counts) => counts.delivered) - deliveredCurrent,
    pending: sum((counts) => counts.pending),
    rejected: sum((counts) => counts.rejected),
    transient: sum((counts) => counts.transient),
    undelivered_current_target: waiting.events,
    oldest_undelivered_event_at: waiting.oldestAt,
    last_drain_at:
      current?.target.lastDrainAtMs === undefined
        ? null
        : new Date(current.target.lastDrainAtMs).toISOString(),
    last_drain_outcome: current?.target.lastDrainOutcome ?? null,
  }
}

export interface ConflictRow {
  readonly event_id: string
  readonly source_digest: string
  readonly existing_sha: string
  readonly incoming_sha: string
  readonly detail: string
}

function conflictsSection({ db }: Journal) {
  const open = 'FROM conflicts WHERE resolved_at_ms IS NULL'
  const count = Number(statement(db, `SELECT count(*) ${open}`).pluck().get())
  const conflicts = statement<ConflictRow>(
    db,
    `SELECT event_id, source AS source_digest, existing_sha, incoming_sha, detail
     ${open} ORDER BY conflict_id LIMIT ${SAMPLE}`,
  ).all()
  return { count, cleanup_blocked: count > 0, conflicts }
}

export interface TerminalRow {
  readonly event_id: string
  readonly target_id: string
  readonly last_error: string | null
}

const TERMINAL = `
  SELECT e.event_id, g.target_id, coalesce(l.detail, l.category) AS last_error
  FROM generations g JOIN ledger l ON l.generation_id = g.generation_id AND l.status = 'terminal-failed'
  JOIN events e ON e.seq = l.seq
  WHERE g.is_current = 1 AND ${UNDECIDED} ORDER BY g.generation_id, l.seq LIMIT ${SAMPLE}`

function terminalSection({ db }: Journal) {
  const total = `SELECT coalesce(sum(terminal_failed), 0) - (
      SELECT count(*) FROM dismissed d JOIN generations USING (generation_id) WHERE is_current = 1)
    FROM generations WHERE is_current = 1`
  const count = Number(statement(db, total).pluck().get())
  return { count, events: count === 0 ? [] : statement<TerminalRow>(db, TERMINAL).all() }
}

function bodySection({ identity }: CommandContext) {
  const counts = countQueue(identity.queue_db_path)
  return {
    body_upload_queue_count: counts.bodies,
    body_upload_failure_log_count: counts.failures,
  }
}
