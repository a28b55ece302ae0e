import { git, resolveCommit } from '@canary-gate/programs'
import {
  type GitHub,
  GitHubStop,
  inconclusive,
  type Issue,
  type TimelineEvent,
} from '@canary-gate/gate-kernel'
import type { BlockerNumber } from '../github/targets.ts'

/** A change that may be what closed a blocker, and how it was found. */
export interface ClosingChange {
  readonly commit: string
  readonly foundBy: string
  /** Why it cannot be what closed the issue this time; null if it can. */
  readonly setAside: string | null
}

interface Found {
  readonly commit: string
  readonly foundBy: string
  /** Time of the merge or of the closing, where GitHub tells; ISO 8601. */
  readonly at: string | null
  readonly repository: string | null
}

/**
 * Finds every change that may have closed an issue (GATE/FR-001, FR-002): pull requests that GitHub
 * links as closing, commits and pull requests of the timeline, and, only where these say nothing,
 * commit messages of the clone. Nothing is dropped: what does not qualify says why.
 */
export async function findClosingChanges(
  github: GitHub,
  clone: string,
  issue: Issue & { readonly number: number },
  repositories: readonly string[],
): Promise<readonly ClosingChange[]> {
  const number = issue.number as BlockerNumber
  const timeline = await github.timeline(number)
  const pulls = await closingPulls(github, number, repositories)
  const linked = [...pulls, ...closingCommits(timeline)]
  const mentioned = linked.length > 0 ? [] : await mentioningPulls(github, timeline, repositories)
  const found = [...linked, ...mentioned]
  const all = found.length > 0 ? found : await commitsNaming(clone, number)
  const reopenedAt = lastReopening(timeline)
  return Promise.all(
    unique(all).map(async ({ commit, foundBy, ...rest }) => {
      const setAside = await objection(
        { commit, foundBy, ...rest },
        clone,
        repositories,
        reopenedAt,
      )
      return { commit, foundBy, setAside }
    }),
  )
}

async function closingPulls(
  github: GitHub,
  number: BlockerNumber,
  repositories: readonly string[],
): Promise<Found[]> {
  const pulls = await github.closingPullRequests(number).catch(withoutGraphQL)
  const merged = pulls.filter((pull) => pull.isMerged && pull.mergeCommit !== null)
  return Promise.all(
    merged.map(async (pull) => ({
      commit: pull.mergeCommit ?? '',
      foundBy: `closing pull request ${pull.repository}#${pull.number}`,
      // It tells stale merges from fresh ones, so one that cannot be read is no answer. A change of another
      // repository is set aside whenever it was merged.
      at: isOurs(pull.repository, repositories)
        ? (await mergedPull(github, pull.number, pull.mergeCommit)).mergedAt
        : null,
      repository: pull.repository,
    })),
  )
}

/**
 * A pull request that another answer calls merged: without its time, a merge that did not hold would count.
 *
 * @param commit what that answer names as the merge, where it does
 */
async function mergedPull(
  github: GitHub,
  number: number,
  commit: string | null = null,
): ReturnType<GitHub['pullRequest']> {
  const pull = await github.pullRequest('cli', number)
  if (pull.isMerged && (commit === null || pull.mergeCommit === commit)) return pull
  throw inconclusive({
    code: 'closing-pull-contradictory',
    cause: 'environment',
    what: `GitHub's answers about pull request ${number} contradict each other: whether it is merged, or as which commit`,
    where: `pull request ${number}`,
    next: 'look at the pull request on its page, and run the gate again',
  })
}

/** A GitHub without GraphQL: the timeline names what closed the issue, or what mentions it. */
function withoutGraphQL(error: unknown): [] {
  if (error instanceof GitHubStop && error.kind === 'no-graphql') return []
  throw error
}

function closingCommits(timeline: readonly TimelineEvent[]): Found[] {
  return timeline
    .filter((event) => event.event === 'closed' && event.commit !== null)
    .map((event) => ({
      commit: event.commit ?? '',
      foundBy: 'closed event of the timeline',
      at: event.at,
      repository: null,
    }))
}

async function mentioningPulls(
  github: GitHub,
  timeline: readonly TimelineEvent[],
  repositories: readonly string[],
): Promise<Found[]> {
  const pulls = timeline.flatMap(({ pullRequest }) =>
    pullRequest?.isMerged === true && isOurs(pullRequest.repository, repositories)
      ? [pullRequest]
      : [],
  )
  const read = await Promise.all(
    pulls.map(async ({ number }) => {
      const pull = await mergedPull(github, number)
      return { number, commit: pull.mergeCommit, at: pull.mergedAt }
    }),
  )
  return read.flatMap(({ number, commit, at }) =>
    commit === null
      ? []
      : [
          {
            commit,
            at,
            repository: null,
            foundBy: `merged pull request #${number} that mentions the issue`,
          },
        ],
  )
}

/** Last resort: commits of the clone's branch whose message says that they close the issue. */
async function commitsNaming(clone: string, number: number): Promise<Found[]> {
  const grep = `(close[sd]?|fix(e[sd])?|resolve[sd]?):? +([a-z0-9_.-]+/[a-z0-9_.-]+)?#${number}([^0-9]|$)`
  const args = [
    'log',
    '--extended-regexp',
    '--regexp-ignore-case',
    `--grep=${grep}`,
    '--format=%H %cI',
    'HEAD',
  ]
  const lines = (await git(clone, args)).split('\n').filter(Boolean)
  return lines.map((line) => {
    const [commit = '', at = null] = line.split(' ')
    return { commit, at, repository: null, foundBy: 'commit message' }
  })
}

/** The same commit found twice is one candidate; the stronger way of finding it stands first. */
function unique(all: readonly Found[]): readonly Found[] {
  return all.filter((found, at) => all.findIndex(({ commit }) => commit === found.commit) === at)
}

function lastReopening(timeline: readonly TimelineEvent[]): string | null {
  const times = timeline.flatMap(({ event, at }) =>
    event === 'reopened' && at !== null ? [at] : [],
  )
  // By time, not by place: what joins pages or lists need not keep their order.
  return times.toSorted((a, b) => Date.parse(a) - Date.parse(b)).at(-1) ?? null
}

/** A fix merged before the issue was last re-opened is one that did not hold. */
async function objection(
  found: Found,
  clone: string,
  repositories: readonly string[],
  reopenedAt: string | null,
): Promise<string | null> {
  if (!isOurs(found.repository, repositories)) return `it is a change of ${found.repository ?? ''}`
  if (found.at !== null && reopenedAt !== null && Date.parse(found.at) < Date.parse(reopenedAt))
    return `it was merged at ${found.at}, before the issue was re-opened at ${reopenedAt}`
  if ((await resolveCommit(clone, found.commit)) === null) return `${clone} has no such commit`
  return null
}

function isOurs(repository: string | null, repositories: readonly string[]): boolean {
  return (
    repository === null ||
    repositories.some((own) => own.toLowerCase() === repository.toLowerCase())
  )
}
