import { createHash } from 'node:crypto'
import { judge, scan, type Scanned } from '../bodies/candidates.ts'
import { enqueueBodies, type Enqueued, type Namespace } from '../bodies/enqueue.ts'
import { emit, type Emitter } from './emit.ts'
import type { Mission } from './folder.ts'

const MANIFEST_VERSION = '1'
const INDEXED = 'MissionDossierArtifactIndexed'
const SNAPSHOT = 'MissionDossierSnapshotComputed'

export interface Dossier {
  readonly events: readonly string[]
  readonly bodies: Enqueued
}

/**
 * Captures what a mission consists of (one `MissionDossierArtifactIndexed` per file, then the
 * snapshot) and queues its documents for upload into the active scope.
 * @param queueDbPath where bodies go; undefined while sync is off, every document is then skipped
 */
export function captureDossier(
  emitter: Emitter,
  mission: Mission,
  queueDbPath: string | undefined,
): Dossier {
  const files = scan(mission.folder).filter((file) => !file.path.endsWith('.jsonl'))
  const namespace = namespaceOf(emitter, mission)
  const at = new Date(emitter.now()).toISOString()
  const about = { aggregateId: mission.missionId, aggregateType: 'MissionDossier' } as const
  const events = emit(emitter, [
    ...files.map((file) => ({
      ...about,
      eventType: INDEXED,
      payload: indexed(namespace, file, at),
    })),
    { ...about, eventType: SNAPSHOT, payload: snapshot(namespace, files, at) },
  ]).map((event) => event.event_id)
  if (queueDbPath === undefined) {
    const skipped = files.map(({ path }) => ({ path, reason: 'sync_disabled' as const }))
    return { events, bodies: { queued: 0, alreadyQueued: 0, skipped } }
  }
  const candidates = files.map((file) => judge(mission.folder, file))
  const bodies = enqueueBodies(queueDbPath, namespace, candidates, emitter.now() / 1000)
  return { events, bodies }
}

function namespaceOf(emitter: Emitter, mission: Mission): Namespace {
  return {
    projectUuid: emitter.project.uuid,
    missionSlug: mission.slug,
    targetBranch: mission.targetBranch,
    missionType: mission.missionType,
    manifestVersion: MANIFEST_VERSION,
  }
}

type Payload = Readonly<Record<string, unknown>>

function indexed(namespace: Namespace, file: Scanned, at: string): Payload {
  return {
    namespace: onWire(namespace),
    artifact_id: {
      mission_type: namespace.missionType,
      path: file.path,
      artifact_class: classOf(file.path),
    },
    content_ref: { hash: file.hash, algorithm: 'sha256', size_bytes: file.sizeBytes },
    indexed_at: at,
  }
}

function snapshot(namespace: Namespace, files: readonly Scanned[], at: string): Payload {
  const digest = createHash('sha256')
  for (const file of files) digest.update(`${file.path}\0${file.hash}\0`)
  return {
    namespace: onWire(namespace),
    snapshot_hash: digest.digest('hex'),
    artifact_count: files.length,
    anomaly_count: 0,
    algorithm: 'sha256',
    computed_at: at,
  }
}

function onWire(namespace: Namespace): Payload {
  return {
    project_uuid: namespace.projectUuid,
    mission_slug: namespace.missionSlug,
    target_branch: namespace.targetBranch,
    mission_type: namespace.missionType,
    manifest_version: namespace.manifestVersion,
  }
}

/** What a document is to the mission, in the six words that the event contract knows. */
function classOf(path: string): 'input' | 'workflow' | 'evidence' | 'policy' | 'output' {
  if (path === 'spec.md') return 'input'
  if (/^(?:plan|tasks)\.md$|^tasks\//.test(path)) return 'workflow'
  if (/^(?:research|quickstart|data-model)\.md$|^research\//.test(path)) return 'evidence'
  return /^(?:contracts|checklists)\//.test(path) ? 'policy' : 'output'
}
