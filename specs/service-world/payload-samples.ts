import { missionCreated } from './calling.ts'

export type Payload = Readonly<Record<string, unknown>>

const NAMESPACE = {
  project_uuid: '0190a8f0-0000-7000-8000-000000000001',
  mission_slug: 'demo',
  target_branch: 'main',
  mission_type: 'software-dev',
  manifest_version: '1',
}
const ARTIFACT = { mission_type: 'software-dev', path: 'spec.md', artifact_class: 'input' }
/** A payload of each type of a mission with no more than it must have, and values that its fields must not have. */
export const TYPES: Readonly<Record<string, { least: Payload; wrong: Payload }>> = {
  WPStatusChanged: {
    least: {
      mission_slug: 'demo',
      wp_id: 'WP01',
      to_lane: 'claimed',
      actor: 'robin',
      execution_mode: 'worktree',
    },
    wrong: { to_lane: 'nowhere', force: 'yes', evidence: { repos: [] }, execution_mode: 'remote' },
  },
  MissionCreated: {
    least: missionCreated(),
    wrong: { mission_number: 0, wp_count: -1, friendly_name: '', target_branch: null },
  },
  WPCreated: {
    least: { mission_slug: 'demo', wp_id: 'WP01', wp_title: 'Thin slice', actor: 'robin' },
    wrong: { depends_on: 'WP02', created_at: 'today', actor: '', wp_path: '' },
  },
  MissionDossierArtifactIndexed: {
    least: {
      namespace: NAMESPACE,
      artifact_id: ARTIFACT,
      content_ref: { hash: 'abc', algorithm: 'sha256' },
      indexed_at: '2026-05-20T12:00:00Z',
    },
    wrong: {
      namespace: { project_uuid: 'p', mission_slug: 'demo' },
      artifact_id: { ...ARTIFACT, artifact_class: 'poem' },
      content_ref: { hash: 'abc', algorithm: 'crc32' },
      supersedes: { path: 'spec.md' },
      context_diagnostics: { size: 3 },
    },
  },
  MissionDossierArtifactMissing: {
    least: {
      namespace: NAMESPACE,
      expected_identity: ARTIFACT,
      manifest_step: 'plan',
      checked_at: '2026-05-20T12:00:00Z',
    },
    wrong: { manifest_step: '', expected_identity: { path: 'x' }, last_known_ref: { git_sha: 1 } },
  },
  MissionDossierSnapshotComputed: {
    least: {
      namespace: NAMESPACE,
      snapshot_hash: 'abc',
      artifact_count: 0,
      anomaly_count: 0,
      computed_at: '2026-05-20T12:00:00Z',
    },
    wrong: { artifact_count: 1.5, anomaly_count: -1, algorithm: 'crc32', snapshot_hash: '' },
  },
  MissionDossierParityDriftDetected: {
    least: {
      namespace: NAMESPACE,
      expected_hash: 'abc',
      actual_hash: 'def',
      drift_kind: 'artifact_mutated',
      detected_at: '2026-05-20T12:00:00Z',
    },
    wrong: { drift_kind: 'weather', artifact_ids_changed: [{ path: 'x' }], actual_hash: '' },
  },
}
