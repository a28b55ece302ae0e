import { advice } from '../base/remedies.ts'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { SyncError } from '../base/errors.ts'
import { emit, type Emitter } from './emit.ts'
import { appendStatusEvent, openTasks, statusEvents, workPackageFile } from './folder.ts'
import type { Mission } from './folder.ts'
import { aloneInMission } from './lock.ts'
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
 * network, daemon nor login is asked. Of several processes of a home one moves at a time.
 * @throws {SyncError} `lane-unknown`, `feedback-missing`, `no-work-package`, `move-refused`
 */
export function moveTask(emitter: Emitter, mission: Mission, task: MoveTask): Moved {
  return aloneInMission(emitter.home, mission.folder, () => moveAlone(emitter, mission, task))
}

function moveAlone(emitter: Emitter, mission: Mission, task: MoveTask): Moved {
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
  if (decision.kind === 'unchanged' && to === 'claimed') refuseIfLate(last, task, file)
  switch (decision.kind) {
    case 'unchanged':
      return { kind: 'unchanged', wpId: task.wpId, lane: to }
    case 'refused':
      throw new SyncError({
        code: 'move-refused',
        what: `${task.wpId} stays in ${from}: ${decision.what}`,
        where: file,
        remedy: decision.remedy,
      })
    case 'move': {
      const { force, reason } = decision
      const event = { wpId: task.wpId, from, to, actor: task.actor, force, reason, reviewRef }
      return record(emitter, mission, event)
    }
  }
}

/** Who is late must not believe to be the one who claimed it. */
function refuseIfLate(
  last: { readonly actor: string } | undefined,
  { actor, wpId }: MoveTask,
  file: string,
): void {
  if (last === undefined || last.actor === actor) return
  throw new SyncError({
    code: 'move-refused',
    what: `${wpId} was claimed by ${last.actor} already`,
    where: file,
    remedy: advice('take another work package, or agree with the one who has it'),
  })
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
  throw new SyncError({
    code: 'lane-unknown',
    what: `"${name}" is no lane`,
    where: '--to',
    remedy: advice(`use one of: ${LANES.join(', ')}`),
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

function feedbackMissing(where: string, what: string, cause?: unknown): SyncError {
  return new SyncError(
    {
      code: 'feedback-missing',
      what,
      where,
    },
    { cause },
  )
}
