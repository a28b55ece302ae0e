import { commandOrRemark, setAside } from '../base/remedies.ts'
import { daemonRemedy, loginRemedy, migrateAfterLogin } from '../context/daemon-start.ts'
import { AFTER_UPLOAD, divergentDocuments } from '../queues/divergent-documents.ts'
import { countQueue, type QueueCounts } from '../queues/queue-counts.ts'
import { queueFiles } from '../queues/queue-files.ts'
import type { CommandContext } from '../context/command-context.ts'
import { mismatches, teamOrUser, type Identity } from '../context/identity.ts'
import type { OwnerFile, PublicOwner } from '../context/owner.ts'
import type { PythonDaemon } from '../daemon/python-generation.ts'

const MIGRATE = 'spec-kitty sync migrate'

/** Daemons of this home that no record names, by what may be done about them. */
export interface Orphans {
  readonly live: readonly number[]
  readonly python: readonly PythonDaemon[]
}

/** The keys that consumers of earlier versions read; never renamed, only added to (SYNC/NFR-006). */
export function boundarySection(context: CommandContext, owner: OwnerFile, orphans: Orphans) {
  const { identity, paths } = context
  const active = countQueue(identity.queue_db_path)
  const legacy = countQueue(paths.legacyQueue)
  const present = owner.kind === 'present' ? owner.record : undefined
  return {
    auth_required: context.isSyncEnabled && context.config.mode !== 'EXTERNAL_RECEIVER',
    auth_present: context.session !== undefined,
    live_orphan_daemon_count: orphans.live.length + orphans.python.length,
    python_daemons: orphans.python,
    foreground: { ...identitySection(identity), pid: process.pid },
    daemon_owner_record: ownerSection(owner),
    active_queue: {
      path: active.path,
      event_count: active.events,
      body_upload_count: active.bodies,
    },
    legacy_queue: legacySection(context, legacy),
    mismatches: present === undefined ? [] : mismatches(identity, present, daemonRemedy(context)),
    orphan_records:
      owner.kind === 'orphan' ? [{ ...recordSection(owner.record), reason: owner.reason }] : [],
    stranded_queues: strandedQueues(context),
  }
}

export type BoundarySection = ReturnType<typeof boundarySection>

function identitySection(identity: Identity) {
  return {
    package_version: identity.package_version,
    executable_path: identity.executable_path,
    source_path: identity.source_checkout_path,
    server_url: identity.server_url,
    team_or_user: teamOrUser(identity.auth_principal, identity.auth_team),
    auth_principal: identity.auth_principal,
    auth_team: identity.auth_team,
    auth_scope: identity.auth_scope,
    queue_db_path: identity.queue_db_path,
  }
}

const NO_OWNER = {
  pid: null,
  port: null,
  package_version: null,
  executable_path: null,
  source_path: null,
  server_url: null,
  team_or_user: null,
  auth_scope: null,
  queue_db_path: null,
  started_at: null,
} as const

/** `problem` says why a record that is there counts as absent, `remedy` what ends that. */
function ownerSection(owner: OwnerFile) {
  switch (owner.kind) {
    case 'absent':
      return { status: 'absent', problem: null, remedy: null, ...NO_OWNER } as const
    case 'unreadable':
      return {
        status: 'absent',
        problem: owner.reason,
        remedy: commandOrRemark(owner.remedy),
        ...NO_OWNER,
      } as const
    case 'orphan':
    case 'present':
      return { status: owner.kind, problem: null, remedy: null, ...recordSection(owner.record) }
  }
}

function recordSection(record: PublicOwner) {
  return {
    pid: record.pid,
    port: record.port,
    package_version: record.package_version,
    executable_path: record.executable_path,
    source_path: record.source_checkout_path,
    server_url: record.server_url,
    team_or_user: teamOrUser(record.auth_principal, record.auth_team),
    auth_scope: record.auth_scope,
    queue_db_path: record.queue_db_path,
    started_at: record.started_at,
  }
}

/** While nobody is logged in the legacy file *is* the active one: its documents are where they belong. */
function legacySection(context: CommandContext, legacy: QueueCounts) {
  const isActive = legacy.path === context.identity.queue_db_path
  return {
    path: legacy.path,
    event_count: legacy.events,
    body_upload_count: legacy.bodies,
    failure_log_count: legacy.failures,
    rows_in_scope: legacy.events + (isActive ? 0 : legacy.bodies + legacy.failures),
    missions: isActive ? [] : legacy.missions,
    problem: legacy.trouble?.problem ?? null,
    remedy: queueRemedy(context, legacy),
  }
}

/** Scoped databases with rows that no drain reads: events in any of them, documents in inactive ones. */
function strandedQueues(context: CommandContext) {
  const { paths, identity } = context
  return queueFiles(paths)
    .filter((file) => file.digest !== 'legacy')
    .map((file) => countQueue(file.path))
    .map((counts) => {
      const isActive = counts.path === identity.queue_db_path
      const bodies = isActive ? 0 : counts.bodies
      const failures = isActive ? 0 : counts.failures
      return {
        path: counts.path,
        event_count: counts.events,
        body_upload_count: bodies,
        failure_log_count: failures,
        problem: counts.trouble?.problem ?? null,
        remedy: queueRemedy(context, counts),
      }
    })
    .filter(
      (row) =>
        row.event_count + row.body_upload_count + row.failure_log_count > 0 || row.problem !== null,
    )
}

/**
 * The command that brings the rows of a queue to their proper place, or the file out of the way; null
 * where nothing needs to be done. Documents move only with a login: it says whose they are from then on.
 */
function queueRemedy(context: CommandContext, counts: QueueCounts): string | null {
  const { identity, session } = context
  if (counts.trouble !== undefined) return commandOrRemark(counts.trouble.remedy)
  const isActive = counts.path === identity.queue_db_path
  if (counts.bodies + counts.failures > 0 && !isActive) return documentsRemedy(context, counts)
  if (counts.hasMovable) return MIGRATE
  if (counts.events === 0) return null
  // What is left are rows that hold no event, so nothing will ever move them.
  if (counts.bodies === 0) return commandOrRemark(setAside(counts.path))
  return session === undefined ? commandOrRemark(loginRemedy(context)) : 'spec-kitty sync now'
}

/** Whatever else waits beside the documents moves with them. */
function documentsRemedy(context: CommandContext, { path, bodies }: QueueCounts): string {
  const { identity, session } = context
  if (session === undefined) return commandOrRemark(migrateAfterLogin(context))
  const isBlocked = bodies > 0 && divergentDocuments(path, identity.queue_db_path) > 0
  return isBlocked ? AFTER_UPLOAD : MIGRATE
}
