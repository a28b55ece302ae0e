import { type GitHub, isUntouched, markerOf } from '@canary-gate/gate-kernel'

/** When 41 was last re-opened: evidence from before then no longer counts. 0 if it never was. */
export async function lastReopening(github: GitHub): Promise<number> {
  const events = await github.timeline(41)
  const times = events.flatMap(({ event, at }) => (event === 'reopened' && at !== null ? [at] : []))
  return Math.max(0, ...times.map((at) => Date.parse(at)))
}

/** Whether 41 carries our evidence for this candidate, newer than its last re-opening. */
export async function publishedBefore(
  github: GitHub,
  wheelSha256: string,
  configuredAuthor: string | undefined,
): Promise<boolean> {
  const author = configuredAuthor ?? (await github.login())
  const reopenedAt = await lastReopening(github)
  const comments = await github.comments(41)
  return comments.some((comment) => {
    const isOurs = author !== null && comment.author === author
    const isOfCandidate =
      markerOf(comment.body)?.candidate === wheelSha256 && isUntouched(comment.body)
    return isOurs && isOfCandidate && Date.parse(comment.createdAt) > reopenedAt
  })
}
