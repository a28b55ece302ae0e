import { monotonicFactory } from 'ulid'
import { activeTeam } from '../auth/session.ts'
import { BoundaryError } from '../boundary/error.ts'
import type { Foreground } from '../boundary/foreground.ts'
import type { BlockedReason, CaptureOutcome } from '../journal/capture-outcome.ts'
import { capture } from '../journal/capture.ts'
import type { Journal } from '../journal/journal.ts'
import type { Emitter } from './emit.ts'
import type { Project } from './project.ts'

/**
 * An emitter into the journal of this home. What is captured while a gate is closed is stored all the
 * same and marked with the reason (SYNC/FR-017).
 */
export function journalEmitter(
  foreground: Foreground,
  project: Project,
  journal: Journal,
): Emitter {
  const { session } = foreground
  const team = session === undefined ? undefined : activeTeam(session)
  const blocked = blockedReason(foreground, team !== undefined)
  return {
    home: foreground.paths.home,
    project,
    teamSlug: team?.id ?? null,
    now: journal.now,
    newId: monotonicFactory(),
    capture: (events) => capture(journal, events, { blocked }).forEach(refuseLoss),
  }
}

/** Which gate is closed for delivery at this moment, looked at in this order. */
function blockedReason(foreground: Foreground, hasTeam: boolean): BlockedReason | undefined {
  if (!foreground.isSyncEnabled) return 'saas_disabled'
  if (foreground.session === undefined) return 'missing_auth'
  return hasTeam ? undefined : 'missing_team'
}

/** An event of our own that the journal does not take is a visible failure, never a warning. */
function refuseLoss(outcome: CaptureOutcome): void {
  switch (outcome.kind) {
    case 'captured':
    case 'coalesced':
    case 'already-captured':
    case 'restored':
    case 'discarded':
      return
    case 'divergent':
    case 'quarantined':
      throw new BoundaryError({
        code: 'mission-invalid',
        what:
          outcome.kind === 'quarantined'
            ? `the event was not accepted: ${outcome.problems.join('; ')}`
            : `event ${outcome.eventId} exists with other content`,
        where: 'event journal',
        next: 'run: spec-kitty sync status --check',
      })
  }
}
