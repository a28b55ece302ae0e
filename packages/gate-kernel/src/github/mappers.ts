import type { z } from 'zod'
import type * as schemas from './schemas.ts'
import type { ClosingPull, Comment, Commit, Issue, PullRequest, TimelineEvent } from './types.ts'

export function toIssue(answer: schemas.IssueAnswer): Issue {
  return {
    number: answer.number,
    title: answer.title,
    state: answer.state,
    stateReason: answer.state_reason ?? null,
    locked: answer.locked,
    url: answer.html_url,
    repositoryUrl: answer.repository_url,
    closedAt: answer.closed_at,
    closedBy: answer.closed_by?.login ?? null,
    updatedAt: answer.updated_at,
  }
}

export function toComment(answer: schemas.CommentAnswer): Comment {
  return {
    id: answer.id,
    body: answer.body ?? '',
    url: answer.html_url,
    author: answer.user?.login ?? null,
    createdAt: answer.created_at,
  }
}

export function toTimelineEvent(
  answer: z.infer<typeof schemas.timelineSchema>[number],
): TimelineEvent {
  const issue = answer.source?.issue
  const pullRequest =
    issue?.pull_request === undefined
      ? null
      : {
          repository: issue.repository?.full_name ?? null,
          number: issue.number,
          isMerged: typeof issue.pull_request.merged_at === 'string',
        }
  return {
    event: answer.event ?? '',
    actor: answer.actor?.login ?? null,
    at: answer.created_at ?? null,
    commit: answer.commit_id ?? null,
    pullRequest,
  }
}

type ClosingPullAnswer = z.infer<typeof schemas.closingPull>

export function toClosingPull(answer: ClosingPullAnswer): ClosingPull {
  return {
    repository: answer.repository.nameWithOwner,
    number: answer.number,
    isMerged: answer.merged,
    mergeCommit: answer.mergeCommit?.oid ?? null,
  }
}

export function toPull(answer: z.infer<typeof schemas.pullSchema>): PullRequest {
  return {
    number: answer.number,
    title: answer.title,
    state: answer.state,
    isMerged: answer.merged,
    mergedAt: answer.merged_at,
    mergeCommit: answer.merge_commit_sha,
    baseRef: answer.base.ref,
  }
}

export function toCommit(answer: z.infer<typeof schemas.commitSchema>): Commit {
  return {
    sha: answer.sha,
    message: answer.commit.message,
    parents: answer.parents.map(({ sha }) => sha),
  }
}
