import { GateStop, type StopReport } from './verdict.ts'

/**
 * What any thrown value means for the gate. A failed assertion is the product's failure; anything
 * unforeseen leaves the requirement undecided, because a bug of the gate proves nothing about the
 * product. Never throws.
 */
export function stopReportOf(error: unknown): StopReport {
  if (error instanceof GateStop) return error.report
  if (isAssertion(error)) {
    return {
      code: 'assertion-failed',
      verdict: 'fail',
      cause: 'product',
      what: error.message,
      where: placeOf(error),
      next: 'read the evidence of this requirement, mend the product, run the gate again',
    }
  }
  return {
    code: 'unexpected-error',
    verdict: 'inconclusive',
    cause: 'cannot-tell',
    what: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    where: placeOf(error),
    next: 'read the stack in the run folder; check the configuration with: canary-gate doctor',
  }
}

function isAssertion(error: unknown): error is Error {
  return error instanceof Error && error.name === 'AssertionError'
}

function placeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const line = stack.split('\n').find((text) => text.includes(' at ') && !text.includes('node:'))
  return line?.trim().replace(/^at /, '') ?? 'unknown place'
}
