interface Bucket {
  tokens: number
  filledAtMs: number
}

/**
 * A token bucket for each token, in this process: a burst of two seconds, then the token's rate. With N
 * hubs behind a balancer a token may reach N times its rate; a limit that all hubs share would cost a
 * row lock for every request.
 */
export class RateLimit {
  readonly #buckets = new Map<string, Bucket>()
  readonly #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Seconds to wait, or 0 if the request may pass. */
  secondsToWait(tokenId: string, perSecond: number): number {
    const nowMs = this.#now()
    const burst = perSecond * 2
    const bucket = this.#buckets.get(tokenId) ?? { tokens: burst, filledAtMs: nowMs }
    this.#buckets.set(tokenId, bucket)
    const gained = ((nowMs - bucket.filledAtMs) / 1_000) * perSecond
    bucket.tokens = Math.min(burst, bucket.tokens + Math.max(0, gained))
    bucket.filledAtMs = nowMs
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond))
    bucket.tokens -= 1
    return 0
  }
}
