import { sha256 } from '../base/digest.ts'
import { SyncError } from '../base/errors.ts'
import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import {
  type DeploymentMetadata,
  type TargetIdentity,
  type TargetKind,
  targetId,
} from '../target/identity.ts'
import { canonicalUrl } from '../target/url.ts'

export interface Target {
  readonly targetId: string
  readonly kind: TargetKind
  readonly canonicalUrl: string
  readonly teamSlug: string
  readonly userEmail: string
  readonly generationId: number
  readonly generation: number
  readonly deployment: DeploymentMetadata
  /** Why the server behind this address may have been set back, if it seems so (SYNC/T024). */
  readonly resetReason: string | undefined
  readonly blockedReason: string | undefined
  readonly restingUntilMs: number | undefined
  readonly lastDrainAtMs: number | undefined
  readonly lastDrainOutcome: string | undefined
}

const REGISTER = `
  INSERT INTO targets (target_id, kind, canonical_url, url_hash, team_slug, user_email,
                       first_seen_at_ms, last_seen_at_ms)
  VALUES (@id, @kind, @url, @urlHash, @teamSlug, @userEmail, @atMs, @atMs)
  ON CONFLICT (target_id) DO UPDATE SET last_seen_at_ms = @atMs, forgotten_at_ms = NULL`

/** Records a target, or that it was seen again, and returns it. */
export function registerTarget(journal: Journal, identity: TargetIdentity): Target {
  const id = targetId(identity)
  const url = canonicalUrl(identity.url)
  const { db } = journal
  const atMs = journal.now()
  const register = db.transaction(() => {
    const { kind, teamSlug = '', userEmail = '' } = identity
    statement(db, REGISTER).run({ id, kind, url, urlHash: sha256(url), teamSlug, userEmail, atMs })
    openFirstGeneration(journal, id, atMs)
  })
  if (findTarget(journal, id) === undefined) register.immediate()
  return requireTarget(journal, id)
}

/** A new target starts behind what gc removed before it was known. */
function openFirstGeneration({ db }: Journal, id: string, atMs: number): void {
  statement(
    db,
    `INSERT INTO generations (target_id, number, is_current, opened_because, opened_at_ms)
     VALUES (?, 1, 1, 'first seen', ?) ON CONFLICT (target_id, number) DO NOTHING`,
  ).run(id, atMs)
}

const SELECT = `
  SELECT t.*, g.generation_id, g.number FROM targets t
  JOIN generations g ON g.target_id = t.target_id AND g.is_current = 1
  WHERE t.forgotten_at_ms IS NULL`

/** Every known target, in the order they were first seen. */
export function listTargets({ db }: Journal): Target[] {
  return statement<TargetRow>(db, `${SELECT} ORDER BY t.first_seen_at_ms, t.target_id`)
    .all()
    .map(toTarget)
}

export function findTarget({ db }: Journal, id: string): Target | undefined {
  const row = statement<TargetRow>(db, `${SELECT} AND t.target_id = ?`).get(id)
  return row && toTarget(row)
}

/** @throws {SyncError} `target-unknown` */
export function requireTarget(journal: Journal, id: string): Target {
  const target = findTarget(journal, id)
  if (target !== undefined) return target
  throw new SyncError({
    code: 'target-unknown',
    what: `no target has the id ${id}`,
    where: journal.path,
  })
}

interface TargetRow {
  readonly target_id: string
  readonly kind: TargetKind
  readonly canonical_url: string
  readonly team_slug: string
  readonly user_email: string
  readonly generation_id: number
  readonly number: number
  readonly server_instance_id: string | null
  readonly deployment_id: string | null
  readonly environment_name: string | null
  readonly git_sha: string | null
  readonly reset_reason: string | null
  readonly blocked_reason: string | null
  readonly resting_until_ms: number | null
  readonly last_drain_at_ms: number | null
  readonly last_drain_outcome: string | null
}

function toTarget(row: TargetRow): Target {
  return {
    targetId: row.target_id,
    kind: row.kind,
    canonicalUrl: row.canonical_url,
    teamSlug: row.team_slug,
    userEmail: row.user_email,
    generationId: row.generation_id,
    generation: row.number,
    deployment: deploymentOf(row),
    resetReason: row.reset_reason ?? undefined,
    blockedReason: row.blocked_reason ?? undefined,
    restingUntilMs: row.resting_until_ms ?? undefined,
    lastDrainAtMs: row.last_drain_at_ms ?? undefined,
    lastDrainOutcome: row.last_drain_outcome ?? undefined,
  }
}

function deploymentOf(row: TargetRow): DeploymentMetadata {
  return {
    ...(row.server_instance_id !== null && { serverInstanceId: row.server_instance_id }),
    ...(row.deployment_id !== null && { deploymentId: row.deployment_id }),
    ...(row.environment_name !== null && { environmentName: row.environment_name }),
    ...(row.git_sha !== null && { gitSha: row.git_sha }),
  }
}

/** How a drain ended, as far as the target's own row is concerned. */
export interface DrainEnd {
  readonly kind: string
  /** The gate that is closed, if that was the end. */
  readonly reason?: string | undefined
  readonly retryAtMs?: number | undefined
}

/** Notes when the last drain ended and how, which gate stopped it, and until when the server rests. */
export function noteDrain(journal: Journal, target: Target, end: DrainEnd): void {
  statement(
    journal.results(),
    `UPDATE targets SET last_drain_at_ms = @nowMs, last_drain_outcome = @kind, resting_until_ms = @until,
       blocked_since_ms = CASE WHEN @reason IS NULL THEN NULL
         WHEN blocked_reason IS @reason THEN blocked_since_ms ELSE @nowMs END,
       blocked_reason = @reason
     WHERE target_id = @targetId`,
  ).run({
    nowMs: journal.now(),
    kind: end.kind,
    until: end.retryAtMs ?? null,
    reason: end.reason ?? null,
    targetId: target.targetId,
  })
}

/** A change in one of these means that the address now leads to another installation. */
const RESET_SIGNS = ['serverInstanceId', 'environmentName', 'gitSha'] as const

/**
 * Records what the server says about itself. Where a sign of another installation differs from
 * before, the target is marked as possibly set back; its identity stays (SYNC/FR-012, SYNC/T024).
 */
export function noteDeployment(journal: Journal, target: Target, seen: DeploymentMetadata): void {
  if (Object.keys(seen).length === 0) return
  const known = target.deployment
  const changed = RESET_SIGNS.filter(
    (sign) => known[sign] !== undefined && seen[sign] !== undefined && known[sign] !== seen[sign],
  )
  const reason = changed
    .map((sign) => `${sign} was ${known[sign] ?? ''}, is ${seen[sign] ?? ''}`)
    .join('; ')
  const now = { ...known, ...seen }
  statement(
    journal.db,
    `UPDATE targets SET server_instance_id = @serverInstanceId, deployment_id = @deploymentId,
       environment_name = @environmentName, git_sha = @gitSha,
       reset_suspected_at_ms = CASE WHEN @reason = '' THEN reset_suspected_at_ms ELSE @atMs END,
       reset_reason = CASE WHEN @reason = '' THEN reset_reason ELSE @reason END
     WHERE target_id = @targetId`,
  ).run({
    serverInstanceId: now.serverInstanceId ?? null,
    deploymentId: now.deploymentId ?? null,
    environmentName: now.environmentName ?? null,
    gitSha: now.gitSha ?? null,
    reason,
    atMs: journal.now(),
    targetId: target.targetId,
  })
}
