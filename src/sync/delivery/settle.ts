import type { DenialCategory, Limits, PostAnswer } from '../receivers/contract.ts'
import { cut, split } from './batching.ts'
import { isInterrupted, type Passage } from './passage.ts'
import { pack, post, postAgain } from './post.ts'
import type { DrainStop } from './progress.ts'
import { recordJudgements, type Judgement } from './record.ts'
import type { Outgoing } from './select.ts'

/** Whether the batch holds events this target never judged (the cursor moves) or retries (it does not). */
export type BatchKind = 'fresh' | 'retry'

/**
 * Brings one batch to an end, given the first answer to it: waits for a busy server, takes the batch
 * apart where it is refused as a whole, in order, until every event has a verdict of its own, and
 * records each (SYNC/T040, SYNC/T041, SYNC/T042).
 * @returns why the drain must stop, or undefined to go on. What was not judged is not recorded.
 */
export async function settle(
  passage: Passage,
  batch: readonly Outgoing[],
  first: PostAnswer,
  kind: BatchKind,
): Promise<DrainStop | undefined> {
  const parts: (readonly Outgoing[])[] = [batch]
  let known: PostAnswer | undefined = first
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const parcel = pack(passage, part)
    const answer: PostAnswer = await postAgain(
      passage,
      parcel,
      known ?? (await post(passage, parcel)),
    )
    known = undefined
    const outcome = digest(passage, part, answer)
    if (outcome.kind === 'stop') return outcome.stop
    if (outcome.kind === 'split') parts.unshift(...outcome.parts)
    else if (!record(passage, { events: part, judge: outcome.judge, answer, kind }))
      return { kind: 'lost-claim' }
    if (isInterrupted(passage) && parts.length > 0) return { kind: 'interrupted' }
  }
  return undefined
}

type Outcome =
  | { readonly kind: 'judged'; readonly judge: Judge }
  | { readonly kind: 'split'; readonly parts: readonly Outgoing[][] }
  | { readonly kind: 'stop'; readonly stop: DrainStop }

function digest(passage: Passage, part: readonly Outgoing[], answer: PostAnswer): Outcome {
  const [only, ...others] = part
  const alone = only !== undefined && others.length === 0 ? only : undefined
  switch (answer.kind) {
    case 'judged':
      return { kind: 'judged', judge: judgeBy(answer.judgements) }
    case 'refused': {
      if (alone === undefined) return { kind: 'split', parts: split(part, answer.named) }
      const detail = answer.named.get(alone.eventId) ?? answer.reason
      return lone({ verdict: 'rejected', category: 'schema_mismatch', detail })
    }
    case 'too-large':
      return tooLarge(passage, part, answer.limits)
    case 'denied':
      return { kind: 'stop', stop: { kind: 'denied', ...denialText(answer) } }
    case 'later':
      return { kind: 'stop', stop: unavailable(passage, answer) }
  }
}

/** Silence about an event is no verdict: it is sent again later. */
const SILENT: Judgement = {
  verdict: 'transient',
  category: 'no_result',
  detail: 'the server did not mention this event',
}

export type Judge = (outgoing: Outgoing) => Judgement

/** Each event by its own word. */
export function judgeBy(judgements: ReadonlyMap<string, Judgement>): Judge {
  return ({ eventId }) => judgements.get(eventId) ?? SILENT
}

function lone(judgement: Judgement): Outcome {
  return { kind: 'judged', judge: () => judgement }
}

/** Later batches of this drain shrink too; a single event that is too large can never pass. */
function tooLarge(passage: Passage, part: readonly Outgoing[], limits: Partial<Limits>): Outcome {
  const [first] = part
  if (first !== undefined && part.length === 1) {
    const detail = `the event is ${first.sizeBytes} bytes long and the target takes no event of this size`
    return lone({ verdict: 'failed-permanent', category: 'oversized_event', detail })
  }
  const bytes = part.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const maxBytes = Math.min(
    limits.maxBytes ?? Infinity,
    Math.ceil(bytes / 2),
    passage.limits.maxBytes,
  )
  passage.limits = { ...passage.limits, ...limits, maxBytes }
  return { kind: 'split', parts: cut(part, passage.limits) }
}

interface Denial {
  readonly category: DenialCategory
  readonly what: string
  readonly next: string
}

function denialText({ category, detail }: Extract<PostAnswer, { kind: 'denied' }>): Denial {
  switch (category) {
    case 'auth_expired':
      return {
        category,
        what: `the login is not accepted: ${detail}`,
        next: 'run: spec-kitty auth login --headless',
      }
    case 'missing_private_team':
      return {
        category,
        what: `no private teamspace: ${detail}`,
        next: 'ask the owner of your team for a private teamspace',
      }
    case 'unauthorized':
      return {
        category,
        what: `the login may not write here: ${detail}`,
        next: 'check the team and the server with: spec-kitty sync status',
      }
  }
}

/** A server that asks for a year is not waited for that long. */
const LONGEST_REST_MS = 900_000

function unavailable(
  { journal, limits }: Passage,
  { category, detail, retryAfterMs }: Extract<PostAnswer, { kind: 'later' }>,
): DrainStop {
  const capMs = limits.retryAfterMaxMs ?? LONGEST_REST_MS
  const retryAtMs =
    retryAfterMs === undefined ? undefined : journal.now() + Math.min(retryAfterMs, capMs)
  return {
    kind: 'unavailable',
    category,
    what: detail,
    next: 'nothing is lost; run spec-kitty sync now later',
    retryAtMs,
  }
}

interface Recording {
  readonly events: readonly Outgoing[]
  readonly judge: Judge
  readonly answer: PostAnswer
  readonly kind: BatchKind
}

/** @returns whether the claim was still held */
export function record(passage: Passage, { events, judge, answer, kind }: Recording): boolean {
  const recorded = recordJudgements(passage.journal, {
    claim: passage.claim,
    events,
    judge,
    httpStatus: 'httpStatus' in answer ? answer.httpStatus : undefined,
    recordedThrough: kind === 'fresh' ? events.at(-1)?.seq : undefined,
  })
  if (recorded === undefined) return false
  passage.onProgress({ kind: 'recorded', judged: recorded })
  return true
}
