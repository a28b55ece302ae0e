/** What one request came to, where it may be asked again. */
export type Asked<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** The answer is that there is none yet. */
  | { readonly kind: 'not-yet'; readonly isTooFast: boolean; readonly retryAfterMs: number }
  /** No answer, or one that says nothing about what was asked. */
  | { readonly kind: 'trouble'; readonly said: string; readonly retryAfterMs: number }

/** Time ran out; the last request had this trouble, if any. */
export interface OutOfTime {
  readonly kind: 'out-of-time'
  readonly trouble: string | undefined
}

export interface AskPolicy {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly sleep: (delayMs: number) => Promise<void>
  /** The time between two requests that the service asks for. */
  readonly paceMs: number
  readonly withinMs: number
}

/**
 * Asks until there is an answer or time is up. An overloaded service, a restarted one or a lost connection
 * says nothing about what was asked, so it ends nothing. The pace that the service names is kept, and a
 * `Retry-After`: one that is longer than the time that is left ends the waiting at once.
 * @throws what `ask` throws: an answer after which no other one can come
 */
export async function askUntil<T>(
  ask: () => Promise<Asked<T>>,
  { now, sleep, withinMs, ...policy }: AskPolicy,
): Promise<Extract<Asked<T>, { kind: 'done' }> | OutOfTime> {
  let { paceMs } = policy
  let [waitMs, leftMs, lost] = [paceMs, withinMs, 0]
  let last: Exclude<Asked<T>, { kind: 'done' }> | undefined
  while (leftMs > 0 && (last?.retryAfterMs ?? 0) <= leftMs) {
    const delayMs = Math.min(Math.max(waitMs, last?.retryAfterMs ?? 0), leftMs)
    const before = now()
    await sleep(delayMs)
    const asked = await ask()
    if (asked.kind === 'done') return asked
    if (asked.kind === 'not-yet' && asked.isTooFast) paceMs += SLOW_DOWN_MS
    lost = asked.kind === 'trouble' ? lost + 1 : 0
    waitMs = waitAfter(lost, paceMs)
    leftMs -= elapsed(now() - before, delayMs)
    last = asked
  }
  return { kind: 'out-of-time', trouble: last?.kind === 'trouble' ? last.said : undefined }
}

/** What a service adds to the pace by saying `slow_down` (RFC 8628, 3.5). */
const SLOW_DOWN_MS = 5_000

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000

/** The same section asks for a pace that halves with each request that gets lost. */
function waitAfter(lost: number, paceMs: number): number {
  if (lost === 0) return paceMs
  return Math.max(
    paceMs,
    Math.min(Math.max(paceMs, FIRST_WAIT_MS) * 2 ** (lost - 1), LONGEST_WAIT_MS),
  )
}

/** Longer than any request is waited for. */
const LONGEST_REQUEST_MS = 60_000

/** A clock that is set forward ends no waiting, and one that is set back does not make it endless. */
function elapsed(byClockMs: number, delayMs: number): number {
  return Math.min(Math.max(byClockMs, delayMs), delayMs + LONGEST_REQUEST_MS)
}
