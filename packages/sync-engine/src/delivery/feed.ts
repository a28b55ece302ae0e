import { allowedStreams } from '../consent/allowed.ts'
import type { Sender } from '../consent/sender.ts'
import { laggingStreams, noteLagging, type LaggingStream } from '../consent/lagging.ts'
import { statement } from '../journal/statements.ts'
import { claimNext } from './claim.ts'
import type { DrainContext } from './drain-context.ts'
import { selectFresh, selectHeld, selectLagging, selectOpen, type Outgoing } from './select.ts'
import type { Target } from './targets.ts'

/** Rows read per selection; batches are cut from them. */
const PAGE = 500

/** Gives page after page of events to send; an empty one is the end. */
export type Pages = () => readonly Outgoing[]

/** Once through the open events in order of capture, each at most once. */
export function openPages({ journal, sender }: DrainContext, target: Target, dueBy: number): Pages {
  return following((after) => {
    const window = { after, dueBy, limit: PAGE }
    return selectOpen(journal, target.generationId, window, allowedStreams(journal.db, sender))
  })
}

/** Once through the events that waited for a predecessor. */
export function heldPages({ journal, sender }: DrainContext, target: Target): Pages {
  return following((after) => {
    const allowed = allowedStreams(journal.db, sender)
    return selectHeld(journal, target.generationId, { after, limit: PAGE }, allowed)
  })
}

/** What the cursor passed over while nobody had agreed to it, project by project. */
export interface LaggingProject {
  readonly streams: readonly LaggingStream[]
  readonly pages: Pages
}

export function laggingProjects(
  { journal, sender, claim }: DrainContext,
  { generationId }: Target,
): LaggingProject[] {
  const byProject = Map.groupBy(
    laggingStreams(journal, generationId, sender),
    ({ project }) => project,
  )
  return [...byProject].map(([project, streams]) => {
    const from = Math.min(...streams.map(({ through }) => through))
    const numbers = JSON.stringify(streams.map(({ stream }) => stream))
    const hasUnnamed = streams.some(({ account }) => account === '')
    const chosen = { streams: numbers, projects: JSON.stringify(hasUnnamed ? [project] : []) }
    const pages = following((after) => {
      if (!isStillAllowed(journal.db, sender, streams)) return []
      const range = { after, through: claim.from, limit: PAGE }
      return selectLagging(journal, generationId, range, chosen)
    }, from)
    return { streams, pages }
  })
}

/** A consent that is taken back counts from the next page on. */
function isStillAllowed(
  db: DrainContext['journal']['db'],
  sender: Sender | undefined,
  streams: readonly LaggingStream[],
): boolean {
  const { all, streams: listed } = allowedStreams(db, sender)
  if (all) return true
  const allowed = new Set(JSON.parse(listed) as number[])
  return streams.every(({ stream }) => allowed.has(stream))
}

function following(select: (after: number) => readonly Outgoing[], from = 0): Pages {
  let after = from
  return () => {
    const page = select(after)
    after = page.at(-1)?.seq ?? after
    return page
  }
}

/** Everything this target never answered for, window by window, until the journal's end is reached. */
export function freshPages(drainContext: DrainContext, target: Target): Pages {
  const { journal, sender } = drainContext
  const { generationId } = target
  const newest = 'SELECT seq FROM ledger WHERE generation_id = ? ORDER BY seq DESC LIMIT 1'
  const unsureThrough = Number(statement(journal.db, newest).pluck().get(generationId) ?? 0)
  let after = drainContext.claim.from
  return () => {
    for (;;) {
      const { through } = drainContext.claim
      const allowed = allowedStreams(journal.db, sender)
      const options = { generationId, allowed, unsureThrough }
      const page = selectFresh(journal, { after, through, limit: PAGE }, options)
      after = page.at(-1)?.seq ?? through
      if (page.length > 0 || !extendClaim(drainContext, target)) return page
    }
  }
}

/** @returns whether there are further events, now claimed */
function extendClaim(drainContext: DrainContext, target: Target): boolean {
  const { through, holder } = drainContext.claim
  const answer = claimNext(drainContext.journal, target, holder)
  // A claim that was lost shows when the running batch is recorded; no page follows.
  if (answer.kind === 'held' || answer.claim.through <= through) return false
  drainContext.claim = answer.claim
  noteLagging(drainContext.journal, target.generationId, drainContext.sender)
  drainContext.onProgress({ kind: 'claimed', through: answer.claim.through })
  return true
}
