import type { EventSyncConfig } from './modes.ts'

/** What an event type is to the hosted service; only the first two may ever be dropped. */
export type EventFamily = 'local-only' | 'discardable' | 'teamspace-bound' | 'unknown'

/** Types that no server wants. Everything else is bound for a Teamspace or unknown, so it is kept. */
const FAMILIES: Readonly<Record<string, EventFamily>> = {
  LocalDiagnosticRecorded: 'local-only',
  LocalCommandTimed: 'local-only',
  DaemonHeartbeatRecorded: 'discardable',
  MissionDossierParityDriftDetected: 'discardable',
  WPStatusChanged: 'teamspace-bound',
  WPCreated: 'teamspace-bound',
  MissionCreated: 'teamspace-bound',
  MissionDossierArtifactIndexed: 'teamspace-bound',
  MissionDossierArtifactMissing: 'teamspace-bound',
  MissionDossierSnapshotComputed: 'teamspace-bound',
}

export function eventFamily(eventType: string): EventFamily {
  return Object.hasOwn(FAMILIES, eventType) ? (FAMILIES[eventType] ?? 'unknown') : 'unknown'
}

/** `keep`: nothing special. The other two leave an audit row (SYNC/T054, SYNC/C-008). */
export type DiscardDecision = 'keep' | 'discard' | 'refuse-discard'

/**
 * Whether a captured event of this type is dropped under the configured mode. Opting out drops what
 * is nobody else's business; a fact bound for a Teamspace, or of unknown family, is kept and the
 * refusal audited, so nothing is ever dropped in silence.
 */
export function discardDecision(config: EventSyncConfig, eventType: string): DiscardDecision {
  if (config.retention === 'keep') return 'keep'
  const family = eventFamily(eventType)
  return family === 'local-only' || family === 'discardable' ? 'discard' : 'refuse-discard'
}
