import type { Tick } from './clock.ts'
import type { Project } from './project.ts'

export type AggregateType = 'Build' | 'WorkPackage' | 'Mission' | 'MissionDossier'

/** An event as it is captured, stored, and sent: this very text is what every target receives. */
export interface Envelope {
  readonly event_id: string
  readonly event_type: string
  readonly aggregate_id: string
  readonly aggregate_type: AggregateType
  readonly schema_version: '3.0.0'
  readonly build_id: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly node_id: string
  readonly lamport_clock: number
  readonly causation_id: string | null
  readonly correlation_id: string
  readonly timestamp: string
  readonly team_slug: string | null
  readonly project_uuid: string
  readonly project_slug: string
  readonly git_branch: string | null
  readonly head_commit_sha: string | null
  readonly repo_slug: string | null
}

export interface Happening {
  readonly eventType: string
  readonly aggregateId: string
  readonly aggregateType: AggregateType
  readonly payload: Readonly<Record<string, unknown>>
  readonly causationId?: string
}

export interface EnvelopeFacts {
  readonly eventId: string
  /** ISO 8601, when it happened. */
  readonly at: string
  readonly clock: Tick
  readonly project: Project
  readonly teamSlug: string | null
}

/** Puts a happening into its envelope. Pure. */
export function envelope(happening: Happening, facts: EnvelopeFacts): Envelope {
  const { project, clock } = facts
  return {
    event_id: facts.eventId,
    event_type: happening.eventType,
    aggregate_id: happening.aggregateId,
    aggregate_type: happening.aggregateType,
    schema_version: '3.0.0',
    build_id: project.buildId,
    payload: happening.payload,
    node_id: clock.nodeId,
    lamport_clock: clock.lamportClock,
    causation_id: happening.causationId ?? null,
    correlation_id: happening.causationId ?? facts.eventId,
    timestamp: facts.at,
    team_slug: facts.teamSlug,
    project_uuid: project.uuid,
    project_slug: project.slug,
    git_branch: project.branch,
    head_commit_sha: project.headCommit,
    repo_slug: null,
  }
}
