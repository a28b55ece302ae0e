import { setTimeout as pause } from 'node:timers/promises'
import type { GitHub } from '../github/github.ts'
import { GitHubStop } from '../github/stop.ts'
import type { Comment } from '../github/things.ts'
import { blocked, inconclusive } from '../verdict.ts'
import { type Marker, markerOf } from './marker.ts'
import type { Patience } from './patience.ts'

/** Everything the exactly-once protocol needs to know and to remember. */
export interface Posting {
  readonly github: GitHub
  readonly issue: 41 | 1038 | 1141 | 1182
  /** The comment, marker included. */
  readonly body: string
  /** Login from the configuration, if any. */
  readonly configuredAuthor: string | undefined
  /** Logins that are ours; grows as they are learned, and is remembered on disk. */
  readonly authors: Set<string>
  readonly patience: Patience
  /** When an earlier process sent this comment without learning the outcome (ISO 8601), or null. */
  readonly sentAt: string | null
  /** Whether a comment of another run of the same candidate still counts. */
  readonly isStillValid: (comment: Comment) => boolean
  /** Called before the request leaves: from here on it may have happened. */
  readonly aboutToPost: () => Promise<void>
  /** Called when GitHub refused it and nothing else is under way: it certainly has not happened. */
  readonly refused: () => Promise<void>
}

export interface Posted {
  /** The oldest comment of ours; it counts. */
  readonly comment: Comment
  readonly marker: Marker
  readonly extras: readonly Comment[]
  /** Comments with our marker under a foreign name: reported, never counted. */
  readonly planted: readonly Comment[]
}

interface Found {
  readonly ours: readonly Comment[]
  readonly planted: readonly Comment[]
}

/**
 * Makes sure that the issue carries this comment exactly once: look over all pages for marker and
 * author → post without any retry → after an ambiguous answer look again, several times → look once
 * more after posting. The oldest counts; what a racing publisher added is reported, not deleted.
 *
 * A request that timed out is not sent a second time: GitHub may still be working on it. The stop says
 * so, and a later `publish --resume` looks first. After any other answer that leaves it open whether the
 * comment was stored, it is sent again only when it can no longer arrive (`patience.lateMs`).
 */
export async function postOnce(posting: Posting): Promise<Posted> {
  let found = await lookUntilLate(posting)
  let last: GitHubStop | null = null
  let mayArrive = posting.sentAt !== null
  for (let attempt = 0; attempt < posting.patience.attempts; attempt++) {
    if (found.ours.length > 0) return counted(found)
    const sentMs = Date.now()
    const outcome = await tryOnce(posting)
    if (outcome.kind === 'posted') return counted(await lookWith(posting, outcome.comment))
    last = outcome.stop
    mayArrive ||= last.effect === 'unknown'
    if (!mayArrive) await posting.refused()
    if (last.effect === 'none' && last.kind !== 'token-switched') throw last
    const isTimeout = last.kind === 'timeout'
    found = await lookUntilFound(posting, last.effect === 'unknown' && !isTimeout ? sentMs : null)
    if (isTimeout) break
  }
  if (found.ours.length > 0) return counted(found)
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

/** The author is asked for after the list: reading it may have made the token fall back. */
async function look(posting: Posting): Promise<Found> {
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

/** After posting: the new comment counts even where the list does not show it yet. */
async function lookWith(posting: Posting, created: Comment): Promise<Found> {
  const listed = await posting.github.comments(posting.issue)
  const isListed = listed.some(({ id }) => id === created.id)
  return sorted(posting, isListed ? listed : [...listed, created])
}

/** What an earlier process sent may arrive late: looks until it is there or can no longer come. */
async function lookUntilLate(posting: Posting): Promise<Found> {
  const { sentAt, patience } = posting
  const until = sentAt === null ? 0 : Date.parse(sentAt) + patience.lateMs
  for (;;) {
    const found = await look(posting)
    if (found.ours.length > 0 || Date.now() >= until) return found
    await pause(Math.min(patience.settleMs.at(-1) ?? 0, until - Date.now()))
  }
}

/**
 * Looks several times. Where the outcome is unknown, as long as GitHub may still be storing what left
 * at `sentMs`: a comment that arrives after the second attempt would be one too many.
 */
async function lookUntilFound(posting: Posting, sentMs: number | null): Promise<Found> {
  const { settleMs } = posting.patience
  let found: Found = { ours: [], planted: [] }
  for (const delayMs of settleMs) {
    await pause(delayMs)
    found = await look(posting)
    if (found.ours.length > 0) return found
  }
  if (sentMs === null) return found
  return lookUntilLate({ ...posting, sentAt: new Date(sentMs).toISOString() })
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

function counted({ ours, planted }: Found): Posted {
  const [comment, ...extras] = ours
  const marker = comment === undefined ? null : markerOf(comment.body)
  if (comment === undefined || marker === null) throw new Error('no comment of ours to count')
  return { comment, marker, extras, planted }
}

const authorUnknown = (issue: number, marked: readonly Comment[]): Error =>
  blocked({
    code: 'author-unknown',
    what: `issue ${issue} has ${marked.length} comment(s) with this run's marker, and GitHub does not say who we are`,
    where: marked.map(({ url }) => url).join(', '),
    next: 'set github.author to the login that the gate writes as, then run canary-gate publish --resume',
  })

const unknownOutcome = (issue: number, stop: GitHubStop | null): Error =>
  inconclusive({
    code: 'publication-unknown',
    cause: 'environment',
    what: `it is not known whether the comment on issue ${issue} was stored: ${stop?.report.what ?? 'no answer'}`,
    where: stop?.report.where ?? `issue ${issue}`,
    next: 'run canary-gate publish --resume; it looks first and never posts a second comment',
  })
