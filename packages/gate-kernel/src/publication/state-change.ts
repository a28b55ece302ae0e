import type { GitHub } from '../github/github.ts'
import { GitHubStop } from '../github/stop.ts'
import type { Issue } from '../github/types.ts'
import { inconclusive } from '../stop/verdict.ts'
import { type PollPolicy, pollUntil } from './poll-policy.ts'

/**
 * Brings an issue into a state and reads it back. The state is read first (re-opening what is open is
 * an error) and again after every answer: no answer is believed, neither one of success nor a refusal.
 *
 * @param change asks GitHub for the change; called only while the issue is in the other state
 * @param progress tells the operator what is waited for
 * @returns the issue as read back
 */
export async function bringInto(
  state: Issue['state'],
  number: number,
  github: GitHub,
  polling: PollPolicy,
  change: () => Promise<unknown>,
  progress: (message: string) => void = () => undefined,
): Promise<Issue> {
  let last: GitHubStop | null = null
  for (let attempt = 0; attempt < polling.attempts; attempt++) {
    const before = await github.issue(number)
    if (before.state === state) return before
    last = await attempted(change)
    if (last?.effect === 'none') throw last
    const after = await pollUntil(
      polling,
      // A refusal is most often one; that it was none shows within moments.
      last === null ? polling.clock.now() + polling.lateMs : 0,
      () => github.issue(number),
      (issue) => issue.state === state,
      (seconds) => progress(`issue ${number}: waiting until it is ${state}, ${seconds} s`),
    )
    if (after.state === state) return after
    if (last !== null && !(await mayTryAgain(github, last))) throw last
  }
  throw inconclusive({
    code: 'state-not-kept',
    cause: 'environment',
    what: `issue ${number} was asked to become ${state} and is not: ${last?.report.what ?? 'no error was reported'}`,
    where: last?.report.where ?? `issue ${number}`,
    next: 'look at the issue, then complete the publication',
    command: ['publish', '--resume'],
  })
}

async function attempted(change: () => Promise<unknown>): Promise<GitHubStop | null> {
  try {
    await change()
    return null
  } catch (error) {
    if (error instanceof GitHubStop) return error
    throw error
  }
}

/** A change of state may be asked for twice without harm, so a lost answer is no reason to wait. */
async function mayTryAgain(github: GitHub, stop: GitHubStop): Promise<boolean> {
  switch (stop.kind) {
    case 'unreachable':
    case 'timeout':
    case 'server-error':
    case 'unreadable':
    case 'token-switched':
      return true
    case 'rate-limited':
      return github.awaitLimit(stop)
    default:
      return false
  }
}
