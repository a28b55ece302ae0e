import { setTimeout as wait } from 'node:timers/promises'

/** The time as publication sees it; specs bring their own, so that no schedule waits for real. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  pause(ms: number): Promise<unknown>
}

/** Goes on evenly where somebody sets the clock of the machine: no bound may end early, or never. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  pause: (ms) => wait(ms),
}

/** How long publication looks again before it believes that something did, or did not, happen. */
export interface PollPolicy {
  /**
   * Pauses in milliseconds between the first looks after a write: GitHub may show it only after a
   * moment. The last one is repeated for as long as there is something to wait for.
   */
  readonly settleMs: readonly number[]
  /**
   * How long after an answer, or the lack of one, GitHub may still be storing what it was sent. Nothing
   * is sent again before, and what has not arrived by then never will.
   */
  readonly lateMs: number
  /** The longest time that one request takes; a process that died may have sent one as late as this. */
  readonly requestMs: number
  /** How long a comment that GitHub said it has created may be missing on its list. */
  readonly listedMs: number
  /** Pause between the last write and the last look: long enough to see somebody undo a write. */
  readonly undoneMs: number
  /** How often one write is attempted in total. */
  readonly attempts: number
  readonly clock: Clock
}

export const usualPollPolicy: PollPolicy = {
  settleMs: [0, 300, 700, 1500],
  lateMs: 30_000,
  requestMs: 30_000,
  listedMs: 60_000,
  undoneMs: 15_000,
  attempts: 4,
  clock: systemClock,
}

/** The longest time in which the operator hears nothing while lists are polled. */
const mostSilentMs = 8000

/**
 * Looks again and again until a look finds what is waited for, or the time is over.
 *
 * @param untilMs time at which the waiting ends, by the clock of the policy; one look is always made
 * @param waitingFor told to the operator, at least every ten seconds
 * @returns the last look
 */
export async function pollUntil<Look>(
  { settleMs, clock }: PollPolicy,
  untilMs: number,
  look: () => Promise<Look>,
  isFound: (look: Look) => boolean,
  waitingFor: (seconds: number) => void = () => undefined,
): Promise<Look> {
  const beganMs = clock.now()
  let toldMs = beganMs
  for (let at = 0; ; at++) {
    const last = at >= settleMs.length
    const delayMs = settleMs[Math.min(at, settleMs.length - 1)] ?? 0
    if (delayMs > 0)
      await clock.pause(last ? Math.max(1, Math.min(delayMs, untilMs - clock.now())) : delayMs)
    const seen = await look()
    if (isFound(seen)) return seen
    // The first looks are made in any case: a bound of zero is no reason to look only once.
    if (clock.now() >= untilMs && at >= settleMs.length - 1) return seen
    if (clock.now() - toldMs < mostSilentMs) continue
    toldMs = clock.now()
    waitingFor(Math.round((toldMs - beganMs) / 1000))
  }
}
