import { remedyText, specKitty, type Remedy } from '../base/remedies.ts'
import type { TargetCounts } from './counts.ts'
import type { DrainStop } from './progress.ts'

/**
 * How deliveries stand, in one word. The text, the JSON and the exit code of `sync now`, the status and the
 * daemon all speak from it; `docs/endings.md` shows each of them in states that were really played.
 */
export const ENDINGS = {
  delivered: ending(true, 'the target has every event'),
  kept: ending(true, 'the mode keeps events on this machine'),
  accepted: ending(true, 'the server took events and has not confirmed them yet'),
  consent: ending(true, 'events wait until a person agrees that they may go out'),
  waiting: ending(true, 'events wait for the next delivery'),
  again: ending(false, 'events were refused or not answered, and are sent again'),
  failed: ending(false, 'events were refused for good, and nobody has decided about them'),
  documents: ending(false, 'documents could not be uploaded'),
  stranded: ending(false, 'old queues hold work that no delivery reads'),
  closed: ending(false, 'delivery is switched off or cannot begin'),
  denied: ending(false, 'the target does not accept the sender'),
  unavailable: ending(false, 'the target cannot be reached, or asked to be left alone'),
  fenced: ending(false, 'the receiver knows the identity of this home from another one'),
  held: ending(false, 'another process is delivering to the same target'),
  interrupted: ending(false, 'the delivery was interrupted'),
  unreadable: ending(false, 'the journal cannot be read'),
} as const

export type EndWord = keyof typeof ENDINGS

export interface End {
  readonly word: EndWord
  /** Whether nothing is left for a person to do. */
  readonly ok: boolean
  /** The sentence for a reader. */
  readonly what: string
  /** What to do about it; null where there is nothing to do. */
  readonly next: string | null
}

/** What decides the end. All of it is known without a network once a delivery has ended. */
export interface EndFacts {
  /** Why the delivery ended, or would not begin; undefined where the mode sends nothing. */
  readonly stop: DrainStop | undefined
  /** Where events stand at the target; undefined while it was never served. */
  readonly counts: Pick<TargetCounts, CountName> | undefined
  /** Events that may not go out before somebody agrees. */
  readonly waitingForConsent: number
  /** Of these, what was sent and not taken before the consent was taken back. */
  readonly triedForConsent?: number
  readonly documents:
    | {
        readonly failed: number
        readonly waiting: number
        /** Documents that may not go out before somebody agrees. */
        readonly forConsent: number
        readonly stopped: string | undefined
      }
    | undefined
  /** Conflicts, rows of old queues and queues that cannot be read. */
  readonly stranded: number
}

type CountName = 'untried' | 'pending' | 'rejected' | 'transient' | 'terminal-failed' | 'dismissed'

/** The end that the facts are, the most urgent one if there are several. Pure. */
export function endOf(facts: EndFacts): End {
  const { stop, stranded } = facts
  if (stop !== undefined && stop.kind !== 'finished') return stopped(stop)
  if (stranded > 0)
    return end('stranded', `${stranded} row(s) or file(s) of old queues are not read`, STATUS)
  return stop === undefined ? KEPT : counted(facts)
}

const STATUS = specKitty('sync', 'status', '--check')
const NOW = specKitty('sync', 'now')
const KEPT = end('kept', ENDINGS.kept.meaning)

function stopped(stop: Exclude<DrainStop, { kind: 'finished' }>): End {
  switch (stop.kind) {
    case 'interrupted':
      return end('interrupted', 'interrupted', NOW)
    case 'lost-claim':
      return { ...end('held', 'another process took over'), next: 'nothing to do; it goes on' }
    case 'held': {
      const what = `process ${stop.pid} delivers already`
      return { ...end('held', what), next: 'nothing to do; it goes on' }
    }
    case 'blocked':
      return end('closed', stop.what, stop.remedy)
    case 'fenced':
    case 'denied':
    case 'unavailable':
      return end(stop.kind, stop.what, stop.remedy)
  }
}

/** The first of these that counts anything, most urgent first. */
function counted(facts: EndFacts): End {
  const { counts = NOTHING, waitingForConsent, documents = NO_DOCUMENTS } = facts
  const { triedForConsent = 0 } = facts
  const { untried, pending, rejected, transient, dismissed } = counts
  const candidates: readonly [number, EndWord, string, Remedy][] = [
    [counts['terminal-failed'] - dismissed, 'failed', 'event(s) were refused for good', FAILED],
    [rejected + transient - triedForConsent, 'again', 'event(s) are to be sent again', NOW],
    [documents.failed, 'documents', 'document(s) were refused', STATUS],
    [
      untried - waitingForConsent + triedForConsent,
      'waiting',
      'event(s) wait for the next delivery',
      NOW,
    ],
    [documents.waiting, 'waiting', 'document(s) wait for upload', NOW],
    [pending, 'accepted', 'event(s) were taken and not confirmed', NOW],
    [waitingForConsent, 'consent', 'event(s) wait for a consent', STATUS],
    [documents.forConsent, 'consent', 'document(s) wait for a consent', STATUS],
  ]
  const found = candidates.find(([count]) => count > 0)
  // What was refused for good is more urgent than an upload that is tried again by itself.
  if (documents.stopped !== undefined && found?.[1] !== 'failed')
    return end('documents', documents.stopped, NOW)
  if (found === undefined) return end('delivered', 'nothing is left to deliver')
  const [count, word, what, remedy] = found
  return end(word, `${count} ${what}`, remedy)
}

const FAILED = specKitty('sync', 'failed', 'list')
const NO_DOCUMENTS = { failed: 0, waiting: 0, forConsent: 0, stopped: undefined }
const NOTHING = {
  untried: 0,
  pending: 0,
  rejected: 0,
  transient: 0,
  'terminal-failed': 0,
  dismissed: 0,
}

function end(word: EndWord, what: string, remedy?: Remedy): End {
  const next = remedy === undefined ? null : remedyText(remedy)
  return { word, ok: ENDINGS[word].ok, what, next }
}

/** The end of a journal that cannot be read: nothing can be said of any event. */
export function unreadable(what: string, remedy: Remedy): End {
  return end('unreadable', what, remedy)
}

/** The end of a journal that can be read and not changed: no delivery can begin. */
export function notBegun(what: string, remedy: Remedy): End {
  return end('closed', `the journal cannot be changed: ${what}`, remedy)
}

function ending(ok: boolean, meaning: string) {
  return { ok, meaning }
}
