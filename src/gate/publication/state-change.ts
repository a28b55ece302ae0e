import { setTimeout as pause } from 'node:timers/promises'
import type { GitHub } from '../github/github.ts'
import { GitHubStop } from '../github/stop.ts'
import type { IssueNumber } from '../github/targets.ts'
import type { Issue } from '../github/things.ts'
import { inconclusive } from '../verdict.ts'
import type { Patience } from './patience.ts'

/**
 * Brings an issue into a state and reads it back. The state is read first (re-opening what is open is
 * an error) and again after every answer, so an ambiguous one is never trusted either way.
 *
 * @param change asks GitHub for the change; called only while the issue is in the other state
 * @returns the issue as read back
 */
export async function bringInto(
  state: Issue['state'],
  number: IssueNumber,
  github: GitHub,
  patience: Patience,
  change: () => Promise<unknown>,
): Promise<Issue> {
  let last: GitHubStop | null = null
  for (let attempt = 0; attempt < patience.attempts; attempt++) {
    const before = await github.issue(number)
    if (before.state === state) return before
    last = await attempted(change)
    if (last !== null && last.effect === 'none' && last.kind !== 'token-switched') throw last
    const after = await readUntil(state, number, github, patience)
    if (after !== null) return after
  }
  throw inconclusive({
    code: 'state-not-kept',
    cause: 'environment',
    what: `issue ${number} was asked to become ${state} and is not: ${last?.report.what ?? 'no error was reported'}`,
    where: last?.report.where ?? `issue ${number}`,
    next: 'look at the issue, then run canary-gate publish --resume',
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

async function readUntil(
  state: Issue['state'],
  number: IssueNumber,
  github: GitHub,
  { settleMs }: Patience,
): Promise<Issue | null> {
  for (const delayMs of settleMs) {
    await pause(delayMs)
    const issue = await github.issue(number)
    if (issue.state === state) return issue
  }
  return null
}
