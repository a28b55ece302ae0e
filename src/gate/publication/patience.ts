/** How long publication looks again before it believes that something did not happen. */
export interface Patience {
  /**
   * Pauses in milliseconds between looks after an ambiguous answer: GitHub may show a stored comment
   * only after a moment. One look per entry.
   */
  readonly settleMs: readonly number[]
  /**
   * How long after a request left GitHub may still be storing it. Whoever takes up a publication whose
   * last request has an unknown outcome keeps looking until then, before it writes again.
   */
  readonly lateMs: number
  /** How often one write is attempted in total. */
  readonly attempts: number
}

export const usualPatience: Patience = {
  settleMs: [0, 300, 700, 1500],
  lateMs: 30_000,
  attempts: 4,
}
