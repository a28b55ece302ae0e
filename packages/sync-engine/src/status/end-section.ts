import { waitingForConsent } from '../consent/waiting.ts'
import type { CommandContext } from '../context/command-context.ts'
import { senderOf } from '../context/sender.ts'
import { currentIdentity } from '../context/delivery-mode.ts'
import type { TargetCounts } from '../delivery/counts.ts'
import { endOf, type End } from '../delivery/end.ts'
import type { DrainStop } from '../delivery/progress.ts'
import type { Target } from '../delivery/targets.ts'
import type { Journal } from '../journal/journal.ts'
import { journalTotals } from '../journal/totals.ts'
import { documentCount, readDocumentGroups } from '../bodies/groups.ts'
import { documentsForConsent } from './consent-section.ts'
import { closedGate } from './gate-section.ts'

/** A target and where events stand there. */
export interface Counted {
  readonly target: Target
  readonly counts: TargetCounts
}

/**
 * How deliveries stand, in the word in which `sync now` would end if nothing changed until then.
 * @param current the target that a delivery would serve, if it was ever served
 * @param stranded rows of old queues, and queues that cannot be read
 */
export function endSection(
  context: CommandContext,
  journal: Journal,
  current: Counted | undefined,
  stranded: number,
): End {
  const groups = readDocumentGroups(context.identity.queue_db_path)
  const forConsent = documentCount(documentsForConsent(context, journal))
  const streams = waitingForConsent(journal, current?.target.generationId, senderOf(context))
  return endOf({
    stop: stopOf(context, current),
    counts: current?.counts ?? { ...NOTHING, untried: journalTotals(journal).retained },
    waitingForConsent: streams.reduce((sum, { events }) => sum + events, 0),
    triedForConsent: streams.reduce((sum, { tried = 0 }) => sum + tried, 0),
    documents: {
      failed: 0,
      waiting: documentCount(groups) - forConsent,
      forConsent,
      stopped: undefined,
    },
    stranded: stranded + conflictsOf(journal),
  })
}

const NOTHING = { pending: 0, rejected: 0, transient: 0, 'terminal-failed': 0, dismissed: 0 }

function conflictsOf({ db }: Journal): number {
  const count = 'SELECT count(*) FROM conflicts WHERE resolved_at_ms IS NULL'
  return Number(db.prepare(count).pluck().get())
}

/** What is closed stops the next delivery as well; without a target there is none. */
function stopOf(context: CommandContext, current: Counted | undefined): DrainStop | undefined {
  const closed = closedGate(context, current?.target)
  if (closed !== undefined) {
    const { word, what, remedy } = closed
    switch (word) {
      case 'closed':
        return { kind: 'blocked', reason: closed.reason ?? 'delivery_off', what, remedy }
      case 'denied':
        return { kind: word, category: 'unauthorized', what, remedy }
      case 'fenced':
        return { kind: word, what, remedy }
      case 'unavailable':
        return { kind: word, category: 'unavailable', what, remedy, retryAtMs: undefined }
    }
  }
  return currentIdentity(context) === undefined ? undefined : { kind: 'finished' }
}
