/** What a receiver answers about one event. A retry cannot change `failed-permanent`. */
export type Verdict =
  'success' | 'duplicate' | 'pending' | 'rejected' | 'transient' | 'failed-permanent'

/** The result for one event, with what an operator needs to understand it. */
export interface EventResult {
  readonly verdict: Verdict
  readonly category?: string | undefined
  readonly detail?: string | undefined
}
