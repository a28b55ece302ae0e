import { advice, type Remedy } from '../base/remedies.ts'
/** The nine lanes of a work package, in the order of a straight run. */
export const LANES = [
  'planned',
  'claimed',
  'in_progress',
  'for_review',
  'in_review',
  'approved',
  'done',
  'blocked',
  'canceled',
] as const

export type Lane = (typeof LANES)[number]

/** What an unforced move must bring along. */
type Guard = 'nothing' | 'actor' | 'other-actor-free' | 'tasks-ticked' | 'review' | 'reason'

const MOVES: Readonly<Record<Lane, Readonly<Partial<Record<Lane, Guard>>>>> = {
  planned: { claimed: 'actor', blocked: 'nothing', canceled: 'nothing' },
  claimed: { in_progress: 'nothing', blocked: 'nothing', canceled: 'nothing' },
  in_progress: {
    for_review: 'tasks-ticked',
    approved: 'review',
    planned: 'reason',
    blocked: 'nothing',
    canceled: 'nothing',
  },
  for_review: { in_review: 'other-actor-free', blocked: 'nothing', canceled: 'nothing' },
  in_review: {
    approved: 'review',
    done: 'review',
    in_progress: 'review',
    planned: 'review',
    blocked: 'review',
    canceled: 'review',
  },
  approved: {
    done: 'review',
    in_progress: 'review',
    planned: 'review',
    blocked: 'nothing',
    canceled: 'nothing',
  },
  done: {},
  blocked: { in_progress: 'nothing', canceled: 'nothing' },
  canceled: {},
}

/** A lane by its name; `doing` is an old word for `in_progress`. */
export function laneNamed(text: string): Lane | undefined {
  const name = text.trim().toLowerCase()
  return name === 'doing' ? 'in_progress' : LANES.find((lane) => lane === name)
}

export interface MoveRequest {
  readonly from: Lane
  readonly to: Lane
  readonly actor: string
  readonly force: boolean
  /** What the person wrote, blank if nothing. */
  readonly note: string
  /** First line of the review feedback; undefined without a feedback file. */
  readonly feedback: string | undefined
  /** Where the feedback lies, or another reference to a review. */
  readonly reviewRef: string | undefined
  /** Unticked task boxes in the work package's file. */
  readonly openTasks: number
  /** Who holds the review at the moment. */
  readonly holder: string | undefined
}

export type MoveDecision =
  | { readonly kind: 'move'; readonly force: boolean; readonly reason: string | null }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly what: string; readonly remedy: Remedy }

/**
 * Decides a move between lanes. A rejected review (a move back out of review or approval) is always
 * recorded with `force` and a reason that is not empty: the event contract knows no other form of it
 * (GATE scenario 4, SYNC/C-008).
 */
export function decideMove(request: MoveRequest): MoveDecision {
  const { from, to } = request
  if (from === to) return { kind: 'unchanged' }
  if (request.actor.trim() === '')
    return refused('nobody is named as the actor', 'add --actor <name>')
  if (to === 'planned' && request.feedback === undefined)
    return refused(
      'a move to planned needs the review feedback',
      'add --review-feedback-file <file>',
    )
  const isRejection = (from === 'in_review' || from === 'approved') && isEarlier(to)
  if (!request.force) {
    const guard = MOVES[from][to]
    if (guard === undefined) return refused(`no move leads from ${from} to ${to}`, movesFrom(from))
    const missing = missingFor(guard, request)
    if (missing !== undefined) return missing
  }
  const force = request.force || isRejection
  const reason = reasonOf(request)
  return { kind: 'move', force, reason: reason ?? (force ? synthesizedReason(request) : null) }
}

function isEarlier(to: Lane): boolean {
  return to === 'planned' || to === 'in_progress'
}

function reasonOf(request: MoveRequest): string | undefined {
  const note = request.note.trim()
  return note === '' ? undefined : note
}

/** A reason for a forced move whose author gave none. */
function synthesizedReason({ from, to, actor, feedback }: MoveRequest): string {
  if (feedback === undefined || feedback.trim() === '') return `${actor} forced ${from} to ${to}`
  return `review feedback: ${feedback.trim()}`
}

function missingFor(guard: Guard, request: MoveRequest): MoveDecision | undefined {
  const hasReview =
    request.feedback !== undefined || request.reviewRef !== undefined || request.note.trim() !== ''
  switch (guard) {
    case 'nothing':
    case 'actor':
      return undefined
    case 'other-actor-free':
      return request.holder === undefined || request.holder === request.actor
        ? undefined
        : refused(`${request.holder} already holds the review`, 'agree with them, or add --force')
    case 'tasks-ticked':
      return request.openTasks === 0
        ? undefined
        : refused(
            `${request.openTasks} tasks are not ticked`,
            'tick them, or add --force --note <why>',
          )
    case 'review':
      return hasReview
        ? undefined
        : refused('this move needs the result of a review', 'add --note or --review-feedback-file')
    case 'reason':
      return request.note.trim() !== '' || request.feedback !== undefined
        ? undefined
        : refused('this move needs a reason', 'add --note <why>')
  }
}

function movesFrom(from: Lane): string {
  const lanes = Object.keys(MOVES[from]).join(', ')
  return `${lanes === '' ? 'this lane is final' : `possible are ${lanes}`}; or add --force --note <why>`
}

function refused(what: string, next: string): MoveDecision {
  return { kind: 'refused', what, remedy: advice(next) }
}
