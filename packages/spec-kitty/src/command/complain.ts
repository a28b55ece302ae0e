import { refusalOf } from '@canary-gate/sync-engine'
import { printJson, type Io } from './io.ts'

const REFUSED = 2

/** Prints an expected refusal and returns its exit code; undefined if it is none. */
export function complain(cause: unknown, io: Io, wantsJson: boolean): number | undefined {
  const refusal = refusalOf(cause)
  if (refusal === undefined) return undefined
  const { what, where, next } = refusal
  if (wantsJson) printJson(io, { ok: false, ...refusalFacts(refusal) })
  else io.err(`Refused: ${what}\n  where: ${where}\n  next:  ${next}\n`)
  return REFUSED
}

/** A refusal as members of a JSON object; undefined if it is none. */
export function refusalFacts(cause: unknown): object | undefined {
  const refusal = refusalOf(cause)
  if (refusal === undefined) return undefined
  const { code, what, where, next, remedy } = refusal
  return { error_code: code, error: what, where, remediation: [next], remedy }
}
