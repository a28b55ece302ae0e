import { remedyText } from './remedy.ts'

/** The five verdicts of a requirement. Only a run in which all of them are `pass` may release. */
export type Verdict = 'pass' | 'fail' | 'blocked' | 'inconclusive' | 'not-run'

/** Whose fault a stop is, as far as the gate can tell. */
export type Cause = 'product' | 'environment' | 'cannot-tell'

/** What a stop tells the operator. */
export interface StopReport {
  /** Kebab-case name of the stop, stable across releases; the fault matrix and scripts refer to it. */
  readonly code: string
  readonly verdict: Exclude<Verdict, 'pass' | 'not-run'>
  readonly cause: Cause
  /** What happened, with the observed value. */
  readonly what: string
  /** Where: a URL, a file, a command line, a commit. */
  readonly where: string
  /** What to do next, one sentence. */
  readonly next: string
  /** The command that does it: words behind the name of the program. */
  readonly command?: readonly string[] | undefined
  /** Every single finding, where one check reports several at once. */
  readonly findings?: readonly string[]
}

/** Ends the gate at the requirement that throws it. Expected outcome, not a bug of the gate. */
export class GateStop extends Error {
  override readonly name = 'GateStop'
  readonly report: StopReport

  constructor(report: StopReport, options?: ErrorOptions) {
    super(`${report.what} (${report.where}). Next: ${nextOf(report)}`, options)
    this.report = report
  }
}

/** What a stop tells to do next, in words. */
export function nextOf({ next, command }: Pick<StopReport, 'next' | 'command'>): string {
  return remedyText({ remark: next, command })
}

type Details = Omit<StopReport, 'verdict' | 'cause'> & { readonly cause?: Cause }

/** The product broke a requirement. */
export function failed(details: Details, options?: ErrorOptions): GateStop {
  return new GateStop({ cause: 'product', ...details, verdict: 'fail' }, options)
}

/** A stop condition of the spec holds: a blocker is open, no new candidate, the service is degraded. */
export function blocked(details: Details, options?: ErrorOptions): GateStop {
  return new GateStop({ cause: 'environment', ...details, verdict: 'blocked' }, options)
}

/** The environment kept the gate from finding out. */
export function inconclusive(details: Details, options?: ErrorOptions): GateStop {
  return new GateStop({ cause: 'cannot-tell', ...details, verdict: 'inconclusive' }, options)
}
