import { setTimeout as sleepFor } from 'node:timers/promises'

/** How a drain waits for a server that is busy or away. Time and chance are arguments. */
export interface RetryPolicy {
  /** POSTs of one batch before the drain gives up for now. */
  readonly tries: number
  /** The longest single wait, in milliseconds; a server that asks for more ends the drain. */
  readonly maxWaitMs: number
  /** Resolves after the wait, or early when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>
  /** From 0 to 1. */
  readonly random: () => number
}

export const RETRY_POLICY: RetryPolicy = {
  tries: 4,
  maxWaitMs: 60_000,
  random: Math.random,
  sleep: async (ms, signal) => {
    try {
      await sleepFor(ms, undefined, signal && { signal })
    } catch {
      // An interrupted wait is a finished wait; the loop looks at the signal itself.
    }
  },
}

/**
 * The wait before the next try in milliseconds, or undefined to give up for now. What the server asks
 * for is a lower bound; jitter on top keeps a thousand clients from returning in the same second.
 * @param tried how many POSTs of this batch were made
 */
export function nextWaitMs(
  { tries, maxWaitMs, random }: RetryPolicy,
  tried: number,
  retryAfterMs: number | undefined,
): number | undefined {
  if (tried >= tries) return undefined
  if (retryAfterMs !== undefined)
    return retryAfterMs > maxWaitMs
      ? undefined
      : Math.min(retryAfterMs * (1 + 0.1 * random()), maxWaitMs)
  return Math.min(1_000 * 2 ** (tried - 1) * (0.5 + 0.5 * random()), maxWaitMs)
}
