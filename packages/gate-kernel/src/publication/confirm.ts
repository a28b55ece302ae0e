import { blocked } from '../stop/verdict.ts'
import { converge, edited, type Posted } from './converge.ts'
import { pollUntil } from './poll-policy.ts'
import { look } from './post.ts'
import type { Found, Posting, Recognised } from './posting.ts'

/**
 * Reads a published comment back: it is on the list still, to the letter, by one of our logins, and
 * alone. A list that does not show it for a moment is waited for; one that never does again means that
 * somebody removed it.
 *
 * @param id the comment that counted when it was published
 * @throws GateStop `comment-gone`, `comment-edited` or `comment-twice`
 */
export async function confirmComment(posting: Recognised, id: number | null): Promise<Posted> {
  const whole: Posting = {
    ...posting,
    sentAt: null,
    aboutToPost: () => Promise.resolve(),
    refused: () => Promise.resolve(),
  }
  const { polling, issue, progress } = posting
  const isThere = ({ ours }: Found): boolean => ours.some((comment) => comment.id === id)
  const untilMs = polling.clock.now() + polling.lateMs
  const waits = (seconds: number): void =>
    progress?.(`issue ${issue}: looking for the comment that was published, ${seconds} s`)
  const found = await pollUntil(polling, untilMs, () => look(whole), isThere, waits)
  if (isThere(found)) return converge(whole, found, () => look(whole))
  const listed = (await posting.github.comments(issue)).find((comment) => comment.id === id)
  throw listed === undefined ? gone(issue, id) : edited(listed)
}

const gone = (issue: number, id: number | null): Error =>
  blocked({
    code: 'comment-gone',
    cause: 'cannot-tell',
    what: `the evidence comment ${id ?? ''} on issue ${issue} was published and is not there any more`,
    where: `issue ${issue}`,
    next: 'find out who removed it and why, then run the whole gate again: canary-gate run',
  })
