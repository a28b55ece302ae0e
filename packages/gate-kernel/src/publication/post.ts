import { GitHubStop } from '../github/stop.ts'
import type { Comment } from '../github/types.ts'
import { blocked, inconclusive } from '../stop/verdict.ts'
import { converge, type Posted } from './converge.ts'
import { markerOf } from './marker.ts'
import { pollUntil } from './poll-policy.ts'
import type { Found, Posting } from './posting.ts'

/**
 * Makes sure that the issue carries this comment exactly once: look over all pages for marker and
 * author → post without any retry → look until the list shows it, whatever was answered. Only the list
 * proves that a comment exists; an answer of 201 does not, and no refusal proves that it does not.
 *
 * A request that timed out is not sent a second time: GitHub may still be working on it. The stop says
 * so, and a later `publish --resume` looks first. After any other answer it is sent again only when it
 * can no longer arrive (`polling.lateMs`). Where two publishers raced, {@link converge} ends it with
 * one comment.
 */
export async function postOnce(posting: Posting): Promise<Posted> {
  let found = await lookForEarlier(posting)
  let last: GitHubStop | null = null
  for (let attempt = 0; attempt < posting.polling.attempts; attempt++) {
    if (found.ours.length > 0) return converge(posting, found, () => look(posting))
    const outcome = await tryOnce(posting)
    if (outcome.kind === 'posted') {
      found = await lookUntilListed(posting, outcome.comment)
      return converge(posting, found, () => look(posting))
    }
    last = outcome.stop
    if (last.effect === 'none') return refuse(posting, last)
    found = await lookUntilLate(posting, last)
    if (found.ours.length > 0) continue
    if (last.kind === 'timeout') break
    if (!(await mayTryAgain(posting, last))) return refuse(posting, last)
  }
  if (found.ours.length > 0) return converge(posting, found, () => look(posting))
  throw unknownOutcome(posting.issue, last)
}

type Attempt =
  | { readonly kind: 'posted'; readonly comment: Comment }
  | { readonly kind: 'stopped'; readonly stop: GitHubStop }

async function tryOnce({ github, issue, body, authors, aboutToPost }: Posting): Promise<Attempt> {
  await aboutToPost()
  try {
    const comment = await github.comment(issue, body)
    if (comment.author !== null) authors.add(comment.author)
    return { kind: 'posted', comment }
  } catch (error) {
    if (error instanceof GitHubStop) return { kind: 'stopped', stop: error }
    throw error
  }
}

async function refuse({ refused }: Posting, stop: GitHubStop): Promise<never> {
  await refused()
  throw stop
}

/** Kinds after which the very same request may succeed; the rest is a refusal that stays. */
async function mayTryAgain({ github }: Posting, stop: GitHubStop): Promise<boolean> {
  switch (stop.kind) {
    case 'unreachable':
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

/** The comments that carry our marker now. The author is asked for once the list was read. */
export async function look(posting: Posting): Promise<Found> {
  const listed = await posting.github.comments(posting.issue)
  await learnAuthor(posting)
  return sorted(posting, listed)
}

async function learnAuthor({ github, configuredAuthor, authors }: Posting): Promise<void> {
  const login = await github.login()
  if (configuredAuthor !== undefined && login !== null && login !== configuredAuthor) {
    throw blocked({
      code: 'author-differs',
      what: `the token belongs to ${login}, the configuration expects ${configuredAuthor}`,
      where: 'github.author',
      next: `set github.author to ${login}, or use the token of ${configuredAuthor}`,
    })
  }
  for (const known of [configuredAuthor, login]) if (typeof known === 'string') authors.add(known)
}

const isFound = ({ ours }: Found): boolean => ours.length > 0

/** What an earlier process sent may arrive late: looks until it is there or can no longer come. */
async function lookForEarlier(posting: Posting): Promise<Found> {
  const { sentAt, polling } = posting
  if (sentAt === null) return look(posting)
  // A time of sending that is still to come was told by a clock that has been set back since.
  const sentAtMs = Math.min(Date.parse(sentAt), polling.clock.now())
  const untilMs = sentAtMs + polling.requestMs + polling.lateMs
  return pollUntil(polling, untilMs, () => look(posting), isFound, waitsFor(posting, 'sent before'))
}

/** After a refusal, or an answer that says nothing: as long as GitHub may still be storing it. */
async function lookUntilLate(posting: Posting, { kind }: GitHubStop): Promise<Found> {
  const { clock, lateMs } = posting.polling
  const untilMs = kind === 'timeout' ? 0 : clock.now() + lateMs
  const waits = waitsFor(posting, 'that GitHub did not confirm')
  return pollUntil(posting.polling, untilMs, () => look(posting), isFound, waits)
}

/** GitHub says that it has created the comment: it counts once the list shows it. */
async function lookUntilListed(posting: Posting, created: Comment): Promise<Found> {
  const { polling, issue } = posting
  const isListed = ({ ours }: Found): boolean => ours.some(({ id }) => id === created.id)
  const untilMs = polling.clock.now() + polling.listedMs
  const waits = waitsFor(posting, 'that GitHub says it has created')
  const found = await pollUntil(polling, untilMs, () => look(posting), isListed, waits)
  if (isListed(found)) return found
  throw inconclusive({
    code: 'comment-not-listed',
    cause: 'environment',
    what: `GitHub says that it has created the comment on issue ${issue}, and no list of its comments shows it within ${polling.listedMs / 1000} s`,
    where: created.url,
    next: 'open the issue; then run canary-gate publish --resume, which looks first',
  })
}

function waitsFor({ issue, progress }: Posting, which: string): (seconds: number) => void {
  return (seconds) => progress?.(`issue ${issue}: looking for the comment ${which}, ${seconds} s`)
}

function sorted(posting: Posting, comments: readonly Comment[]): Found {
  const marked = comments.filter((comment) => isMarked(comment, posting))
  const isOurs = ({ author }: Comment): boolean => author !== null && posting.authors.has(author)
  if (posting.authors.size === 0 && marked.length > 0) throw authorUnknown(posting.issue, marked)
  return {
    ours: marked.filter(isOurs).sort((a, b) => a.id - b.id),
    planted: marked.filter((comment) => !isOurs(comment)),
  }
}

/** A comment of this run for this issue, or one of an earlier run of the same candidate. */
function isMarked(comment: Comment, { body, isStillValid }: Posting): boolean {
  const wanted = markerOf(body)
  const found = markerOf(comment.body)
  if (wanted === null || found?.issue !== wanted.issue) return false
  if (found.run === wanted.run) return true
  return found.candidate === wanted.candidate && isStillValid(comment)
}

const authorUnknown = (issue: number, marked: readonly Comment[]): Error =>
  blocked({
    code: 'author-unknown',
    what: `issue ${issue} has ${marked.length} comment(s) with this run's marker, and GitHub does not say who we are`,
    where: marked.map(({ url }) => url).join(', '),
    next: 'set github.author to the login that the gate writes as, then complete the publication',
    command: ['publish', '--resume'],
  })

const unknownOutcome = (issue: number, stop: GitHubStop | null): Error =>
  inconclusive({
    code: 'publication-unknown',
    cause: 'environment',
    what: `it is not known whether the comment on issue ${issue} was stored: ${stop?.report.what ?? 'no answer'}`,
    where: stop?.report.where ?? `issue ${issue}`,
    next: 'complete the publication; it looks first and never posts a second comment',
    command: ['publish', '--resume'],
  })
