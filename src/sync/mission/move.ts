import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { BoundaryError } from '../boundary/error.ts'
import { emit, type Emitter } from './emit.ts'
import { appendStatusEvent, openTasks, statusEvents, workPackageFile } from './folder.ts'
import type { Mission } from './folder.ts'
import { decideMove, laneNamed, LANES, type Lane } from './lanes.ts'
import type { Project } from './project.ts'

export interface MoveTask {
  readonly wpId: string
  readonly to: string
  readonly actor: string
  readonly force: boolean
  readonly note?: string
  readonly feedbackFile?: string
}

export type Moved =
  | { readonly kind: 'unchanged'; readonly wpId: string; readonly lane: Lane }
  | {
      readonly kind: 'moved'
      readonly wpId: string
      readonly from: Lane
      readonly to: Lane
      readonly force: boolean
      readonly reason: string | null
      /** The captured `WPStatusChanged`. */
      readonly eventId: string
    }

/**
 * Moves a work package. The event is in the journal before the mission's own log changes; neither
 * network, daemon nor login is asked.
 * @throws {BoundaryError} `lane-unknown`, `feedback-missing`, `no-work-package`, `move-refused`
 */
export function moveTask(emitter: Emitter, mission: Mission, task: MoveTask): Moved {
  const to = knownLane(task.to)
  const file = workPackageFile(mission, task.wpId)
  const history = statusEvents(mission).filter((event) => event.wp_id === task.wpId)
  const last = history.at(-1)
  const from = last?.to_lane ?? 'planned'
  const feedback = readFeedback(task.feedbackFile)
  const reviewRef = feedback?.ref
  const decision = decideMove({
    from,
    to,
    actor: task.actor,
    force: task.force,
    note: task.note ?? '',
    feedback: feedback?.firstLine,
    reviewRef,
    openTasks: openTasks(file),
    holder: from === 'in_review' ? last?.actor : undefined,
  })
  switch (decision.kind) {
    case 'unchanged':
      return { kind: 'unchanged', wpId: task.wpId, lane: to }
    case 'refused':
      throw new BoundaryError({
        code: 'move-refused',
        what: `${task.wpId} stays in ${from}: ${decision.what}`,
        where: file,
        next: decision.next,
      })
    case 'move': {
      const { force, reason } = decision
      const event = { wpId: task.wpId, from, to, actor: task.actor, force, reason, reviewRef }
      return record(emitter, mission, event)
    }
  }
}

interface Move {
  readonly wpId: string
  readonly from: Lane
  readonly to: Lane
  readonly actor: string
  readonly force: boolean
  readonly reason: string | null
  readonly reviewRef: string | undefined
}

function record(emitter: Emitter, mission: Mission, move: Move): Moved {
  const { wpId, from, to, force, reason, reviewRef } = move
  const facts = {
    wp_id: wpId,
    from_lane: from,
    to_lane: to,
    actor: move.actor,
    force,
    reason,
    review_ref: reviewRef === undefined ? null : relative(emitter.project.root, reviewRef),
  }
  const causationId = emitter.newId()
  const [captured] = emit(emitter, [
    {
      eventType: 'WPStatusChanged',
      aggregateId: wpId,
      aggregateType: 'WorkPackage',
      causationId,
      payload: {
        ...facts,
        mission_slug: mission.slug,
        execution_mode: 'direct_repo',
        evidence: isAccepted(to) ? evidenceOf(emitter.project, move, facts.review_ref) : null,
      },
    },
  ])
  const at = new Date(emitter.now()).toISOString()
  appendStatusEvent(mission, { event_id: causationId, at, ...facts })
  return {
    kind: 'moved',
    wpId,
    from,
    to,
    force,
    reason,
    eventId: captured?.event_id ?? causationId,
  }
}

/** The event contract takes an approval or a completion only with evidence of what was reviewed. */
function isAccepted(lane: Lane): boolean {
  return lane === 'approved' || lane === 'done'
}

function evidenceOf(
  { slug, branch, headCommit }: Project,
  move: Move,
  reviewRef: string | null,
): object {
  return {
    repos: [{ repo: slug, branch: branch ?? 'detached', commit: headCommit ?? 'none yet' }],
    verification: [],
    review: {
      reviewer: move.actor,
      verdict: move.force ? `forced: ${move.reason ?? ''}` : 'approved',
      reference: reviewRef ?? move.reason,
    },
  }
}

function knownLane(name: string): Lane {
  const lane = laneNamed(name)
  if (lane !== undefined) return lane
  throw new BoundaryError({
    code: 'lane-unknown',
    what: `"${name}" is no lane`,
    where: '--to',
    next: `use one of: ${LANES.join(', ')}`,
  })
}

function readFeedback(file: string | undefined): { ref: string; firstLine: string } | undefined {
  if (file === undefined) return undefined
  let text
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw feedbackMissing(file, 'the review feedback cannot be read', cause)
  }
  const firstLine = text
    .split('\n')
    .map((line) => line.replace(/^#+\s*/, '').trim())
    .find((line) => line !== '')
  if (firstLine === undefined) throw feedbackMissing(file, 'the review feedback is empty')
  return { ref: file, firstLine }
}

function feedbackMissing(where: string, what: string, cause?: unknown): BoundaryError {
  return new BoundaryError(
    {
      code: 'feedback-missing',
      what,
      where,
      next: 'write the findings of the review into that file',
    },
    { cause },
  )
}
