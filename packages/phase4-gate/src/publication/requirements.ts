import { blocked, type GitHub, type Issue } from '@canary-gate/gate-kernel'
import { openGitHub } from '../github/open.ts'
import type { GateRun } from '../run/run.ts'
import { attemptForbidden } from './attempts.ts'
import { readBundle } from './bundle.ts'
import { checkComment } from './checklist.ts'
import { observe } from './observe.ts'
import { publishedBefore } from './published-before.ts'
import { renderE2eComment, renderTrackerComment } from './render.ts'

/**
 * GATE/FR-011: the evidence comment for issue 41 is rendered, complete, true at this moment, and can be
 * posted. The reporter posts it once every requirement has passed, and only then is the verdict final.
 */
export async function verifyE2eCommentReady(run: GateRun): Promise<void> {
  run.progress('rendering and checking the comment for issue 41')
  const github = await openGitHub(run.world)
  const issue = await github.issue(41)
  requireUnlocked(issue)
  await requireOurAuthor(run, github)
  const bundle = await readBundle(run, issue.url, false)
  const body = renderE2eComment(bundle)
  const observed = await observe(run, bundle, github)
  const stop = checkComment(41, { body, bundle, observed, now: new Date() })
  if (stop !== null) throw stop
  await run.facts.write('comments', { e2e41: body, tracker1038: null })
}

/**
 * GATE/FR-012: issue 41 is open, so that closing it will be the gate's doing, and after its comment.
 * Closed with the evidence of this very candidate on it is well too: an earlier run got that far.
 */
export async function verifyE2eClosable(run: GateRun): Promise<void> {
  const github = await openGitHub(run.world)
  const issue = await github.issue(41)
  await attemptForbidden(run.world, 'close-others')
  if (issue.state === 'open') return
  const { wheelSha256 } = await run.facts.read('candidate')
  if (await publishedBefore(github, wheelSha256, run.world.github.author)) return
  throw blocked({
    code: 'e2e-issue-already-closed',
    cause: 'cannot-tell',
    what: `issue 41 was closed by ${issue.closedBy ?? 'somebody unknown'} without the evidence of this candidate`,
    where: issue.url,
    next: 'find out why; re-open it by hand if it was a mistake, then run the gate again',
  })
}

/** GATE/FR-014: the evidence comment for the tracker is rendered, complete, true, and can be posted. */
export async function verifyTrackerCommentReady(run: GateRun): Promise<void> {
  run.progress('rendering and checking the comment for issue 1038')
  const github = await openGitHub(run.world)
  requireUnlocked(await github.issue(1038))
  const bundle = await readBundle(run, (await github.issue(41)).url, true)
  const body = renderTrackerComment(bundle)
  const observed = await observe(run, bundle, github)
  const stop = checkComment(1038, { body, bundle, observed, now: new Date() })
  if (stop !== null) throw stop
  const { e2e41 } = await run.facts.read('comments')
  await run.facts.write('comments', { e2e41, tracker1038: body })
}

/** GATE/FR-015: the tracker is open now; that publication leaves it so is read back afterwards. */
export async function verifyTrackerStaysOpen(run: GateRun): Promise<void> {
  requireOpenTracker(await (await openGitHub(run.world)).issue(1038))
}

/**
 * GATE/C-007: no way leads from the gate to a closed tracker. Every way that GitHub offers is attempted
 * against the gate's own client with its transport unplugged: nothing may even reach the transport.
 * Before and after, GitHub is asked whether anything changed.
 */
export async function verifyTrackerCannotBeClosed(run: GateRun): Promise<void> {
  const github = await openGitHub(run.world)
  const before = await github.issue(1038)
  await attemptForbidden(run.world, 'close-tracker')
  const after = await github.issue(1038)
  requireOpenTracker(after)
  if (before.state === after.state) return
  throw blocked({
    code: 'tracker-changed',
    cause: 'cannot-tell',
    what: `the tracker was ${before.state} and is ${after.state} now`,
    where: after.url,
    next: 'find out who is changing the tracker while the gate runs',
  })
}

function requireOpenTracker(issue: Issue): void {
  if (issue.state === 'open') return
  throw blocked({
    code: 'tracker-closed',
    cause: 'cannot-tell',
    what: `the release tracker was closed by ${issue.closedBy ?? 'somebody unknown'}`,
    where: issue.url,
    next: 'the release decision is the operator’s: re-open it by hand if it was closed by mistake',
  })
}

/** An issue that can be commented on. */
export function requireUnlocked(issue: Issue): void {
  if (!issue.locked) return
  throw blocked({
    code: 'issue-locked',
    what: `issue ${issue.number} is locked: nobody can comment`,
    where: issue.url,
    next: 'unlock the conversation on its page, then run the gate again',
  })
}

/** The token belongs to the login that the configuration expects, where both are known. */
export async function requireOurAuthor({ world }: GateRun, github: GitHub): Promise<void> {
  const { author } = world.github
  const login = await github.login()
  if (author === undefined || login === null || login === author) return
  throw blocked({
    code: 'author-differs',
    what: `the token belongs to ${login}, the configuration expects ${author}`,
    where: 'github.author',
    next: `set github.author to ${login}, or use the token of ${author}`,
  })
}
