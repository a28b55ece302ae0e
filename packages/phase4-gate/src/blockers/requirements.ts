import { blocked, type GitHub, type Issue } from '@canary-gate/gate-kernel'
import { openGitHub } from '../github/open.ts'
import type { GateRun } from '../run/run.ts'
import type { Fact } from '../run/facts.ts'
import { findClosingChanges } from './linkage.ts'

const blockers = [1141, 1182] as const
const mergedAlready = [42, 44] as const

/** GATE/FR-001: both blockers are closed. Records every change that may have closed them. */
export async function verifyBlockersClosed(run: GateRun): Promise<void> {
  await run.facts.write('blockers', await readBlockers(run))
}

/**
 * The blockers as they are now, with every change that may have closed them.
 *
 * @param client asks GitHub; by default the one of the run's world
 * @throws GateStop where one is open, or was closed as anything but completed
 */
export async function readBlockers(
  run: Pick<GateRun, 'world'>,
  client?: GitHub,
): Promise<Fact<'blockers'>> {
  const github = client ?? (await openGitHub(run.world))
  const issues = await Promise.all(blockers.map((number) => github.issue(number)))
  const unsolved = issues.filter((issue) => !isSolved(issue))
  if (unsolved.length > 0) throw notSolved(unsolved)
  return Promise.all(
    issues.map(async (issue) => {
      const own = [run.world.github.repositories.cli, repositoryOf(issue)]
      const changes = await findClosingChanges(github, run.world.checkouts.cli, issue, own)
      const closedBy = changes.map(({ commit, foundBy, setAside }) => ({
        commit,
        foundBy: setAside === null ? foundBy : `${foundBy}; set aside: ${setAside}`,
        ...(setAside === null ? {} : { setAside }),
      }))
      const { number, closedAt } = issue
      return { issue: number, state: 'closed' as const, closedAt, closedBy }
    }),
  )
}

/**
 * GATE/C-006: pull requests 42 and 44 are merged already; merging them is a recorded no-op.
 *
 * @param client asks GitHub; by default the one of the run's world
 */
export async function verifyMergesAreNoOps(
  run: Pick<GateRun, 'world' | 'progress'>,
  client?: GitHub,
): Promise<void> {
  const github = client ?? (await openGitHub(run.world))
  const pulls = await Promise.all(mergedAlready.map((number) => github.pullRequest('e2e', number)))
  const missing = pulls.flatMap(({ number, isMerged, baseRef }) => {
    if (!isMerged) return [`#${number}`]
    return baseRef === 'main' ? [] : [`#${number} (merged into ${baseRef}, not into main)`]
  })
  if (missing.length === 0) {
    run.progress('nothing to merge: pull requests 42 and 44 are merged already')
    return
  }
  throw blocked({
    code: 'pull-request-not-merged',
    what: `${missing.join(' and ')} should be merged already, but is not`,
    where: run.world.github.repositories.e2e,
    next: 'the gate merges nothing: have the pull request merged, then run the gate again',
  })
}

/** Closed as "not planned", as a duplicate, or without a reason: nobody says that it was solved. */
function isSolved({ state, stateReason }: Issue): boolean {
  return state === 'closed' && stateReason === 'completed'
}

function notSolved(issues: readonly Issue[]): Error {
  const open = issues.filter(({ state }) => state === 'open')
  return open.length > 0 ? stillOpen(open) : givenUp(issues)
}

function stillOpen(open: readonly Issue[]): Error {
  const names = open.map(({ number }) => `#${number}`).join(' and ')
  return blocked({
    code: 'blocker-open',
    cause: 'product',
    what: `${names} ${open.length === 1 ? 'is' : 'are'} still open`,
    where: open.map(({ url }) => url).join(', '),
    next: 'wait until the fix is merged and the issue closed, then run the gate again',
    findings: open.map(({ number, title, state }) => `#${number} is ${state}: ${title}`),
  })
}

function givenUp(issues: readonly Issue[]): Error {
  const findings = issues.map(
    ({ number, stateReason }) =>
      `#${number} was closed ${stateReason === null ? 'without a reason' : `as ${stateReason.replace('_', ' ')}`}`,
  )
  return blocked({
    code: 'blocker-not-solved',
    cause: 'product',
    what: `${findings.join(', ')}: that is not a fix`,
    where: issues.map(({ url }) => url).join(', '),
    next: 'ask who closed it and why; close it as completed if it is fixed, else re-open it',
    findings,
  })
}

/** `owner/name` the issue lives in now: a repository that was transferred answers with its new name. */
function repositoryOf(issue: Issue): string {
  return /\/repos\/([^/]+\/[^/]+)$/.exec(issue.repositoryUrl)?.[1] ?? ''
}
