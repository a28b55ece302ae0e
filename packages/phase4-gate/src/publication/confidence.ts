/**
 * What straight passes prove about a failure rate: with `passes` successes and no failure, rates above
 * `1 - 0.05^(1/passes)` would have shown themselves with 95 % confidence (exact binomial bound).
 */
export function failureRateBound(passes: number): number {
  return 1 - 0.05 ** (1 / passes)
}

/** One honest line about the strength of the evidence, for the comments and the operator's screen. */
export function confidenceLine(passes: number): string {
  const bound = Math.round(failureRateBound(passes) * 100)
  const flaky = Math.round(0.9 ** passes * 100)
  return (
    `${passes} straight passes bound the failure rate only below ${bound} % (95 % confidence); ` +
    `a canary that fails one time in ten passes them ${flaky} % of the time.`
  )
}
