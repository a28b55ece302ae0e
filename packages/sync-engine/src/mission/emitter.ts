import { specKitty } from '../base/remedies.ts'
import { monotonicFactory } from 'ulid'
import { activeTeam } from '../auth/session.ts'
import { SyncError } from '../base/errors.ts'
import type { CommandContext } from '../context/command-context.ts'
import type { BlockedReason, CaptureOutcome } from '../journal/capture-outcome.ts'
import { capture } from '../journal/capture.ts'
import { highestClock, newestClock } from '../journal/heard-clock.ts'
import type { Journal } from '../journal/journal.ts'
import type { Emitter } from './emit.ts'
import type { Project } from './project.ts'

/**
 * An emitter into the journal of this home. What is captured while a gate is closed is stored all the
 * same and marked with the reason (SYNC/FR-017).
 */
export function journalEmitter(
  context: CommandContext,
  project: Project,
  journal: Journal,
): Emitter {
  const { session } = context
  const team = session === undefined ? undefined : activeTeam(session)
  const blocked = blockedReason(context, team !== undefined)
  return {
    home: context.paths.home,
    project,
    teamSlug: team?.id ?? null,
    now: journal.now,
    newId: monotonicFactory(),
    heard: { newest: () => newestClock(journal), highest: () => highestClock(journal) },
    capture: (events) =>
      capture(journal, events, { blocked, account: context.account }).forEach(refuseLoss),
  }
}

/** Which gate is closed for delivery at this moment, looked at in this order. */
function blockedReason(context: CommandContext, hasTeam: boolean): BlockedReason | undefined {
  if (!context.isSyncEnabled) return 'saas_disabled'
  if (context.session === undefined) return 'missing_auth'
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
      throw new SyncError({
        code: 'mission-invalid',
        what:
          outcome.kind === 'quarantined'
            ? `the event was not accepted: ${outcome.problems.join('; ')}`
            : `event ${outcome.eventId} exists with other content`,
        where: 'event journal',
        remedy: specKitty('sync', 'status', '--check'),
      })
  }
}
