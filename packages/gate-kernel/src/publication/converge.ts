import { GitHubStop } from '../github/stop.ts'
import type { Comment } from '../github/types.ts'
import { blocked, inconclusive } from '../stop/verdict.ts'
import { isUntouched, type Marker, markerOf } from './marker.ts'
import { pollUntil } from './poll-policy.ts'
import type { Found, Posting } from './posting.ts'

export interface Posted {
  /** The oldest comment of ours; it counts. */
  readonly comment: Comment
  readonly marker: Marker
  readonly planted: readonly Comment[]
}

/**
 * Ends with one comment where two publishers raced: the oldest counts for both, since ids grow, and
 * each takes back what it made itself and nothing else. One that is slow to do so is waited for, in
 * bounded time; a second comment that stays is a hold that names it.
 *
 * @param found at least one comment of ours
 * @param look reads the list again
 */
export async function converge(
  posting: Posting,
  found: Found,
  look: () => Promise<Found>,
): Promise<Posted> {
  const { polling, issue, progress } = posting
  const untilMs = polling.clock.now() + polling.listedMs
  const settled = await pollUntil(
    polling,
    untilMs,
    oncePerLook(found, look, (seen) => takeBackOwn(posting, seen)),
    ({ ours }) => ours.length === 1,
    (seconds) =>
      progress?.(`issue ${issue}: waiting for a second comment to be taken back, ${seconds} s`),
  )
  const [comment, ...others] = settled.ours
  const marker = comment === undefined ? null : markerOf(comment.body)
  if (comment === undefined || marker === null) throw vanished(issue)
  if (!isUntouched(comment.body)) throw edited(comment)
  if (others.length > 0) throw twice(issue, comment, others)
  return { comment, marker, planted: settled.planted }
}

/** The first look has been made already; each later one comes after what the last one asked for. */
function oncePerLook(
  first: Found,
  look: () => Promise<Found>,
  act: (found: Found) => Promise<boolean>,
): () => Promise<Found> {
  let seen: Found | undefined = first
  return async () => {
    const found = seen ?? (await look())
    seen = undefined
    return (await act(found)) ? await look() : found
  }
}

/** Removes what this run made in addition to the oldest; true if anything was sent. */
async function takeBackOwn(posting: Posting, { ours }: Found): Promise<boolean> {
  const [oldest, ...later] = ours
  const run = markerOf(posting.body)?.run
  const own = later.filter(({ body }) => markerOf(body)?.run === run && isUntouched(body))
  // Nothing is taken back in favour of a comment that does not say any more what it was made for.
  if (oldest === undefined || !isUntouched(oldest.body)) return false
  for (const { id } of own) {
    posting.progress?.(`issue ${posting.issue}: taking back comment ${id}, ${oldest.id} is older`)
    await posting.github.takeBack(posting.issue, id, posting).catch(ifUncertain)
  }
  return own.length > 0
}

/** Whatever was answered, the next look tells; only what was never sent ends the attempt. */
function ifUncertain(error: unknown): void {
  if (!(error instanceof GitHubStop) || error.effect === 'none') throw error
}

const vanished = (issue: number): Error =>
  blocked({
    code: 'comment-gone',
    cause: 'cannot-tell',
    what: `the evidence comment on issue ${issue} was there a moment ago and is gone`,
    where: `issue ${issue}`,
    next: 'find out who removed it and why, then run the whole gate again: canary-gate run',
  })

/** Ours by author and marker, but not in what it says: the evidence that was checked is not there. */
export const edited = ({ url }: Comment): Error =>
  blocked({
    code: 'comment-edited',
    cause: 'cannot-tell',
    what: 'somebody edited the evidence comment after it was posted',
    where: url,
    next: 'restore its text from its edit history, or delete it; then run canary-gate publish --resume',
  })

const twice = (issue: number, kept: Comment, others: readonly Comment[]): Error =>
  inconclusive({
    code: 'comment-twice',
    cause: 'environment',
    what: `issue ${issue} has ${others.length + 1} evidence comments for this candidate: another run made one and has not taken it back`,
    where: others.map(({ url }) => url).join(', '),
    next: `let the other run end (canary-gate publish --resume there), or delete all but ${kept.url}; then run canary-gate publish --resume`,
  })
