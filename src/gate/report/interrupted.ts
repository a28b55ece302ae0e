import { runAgain } from './next-command.ts'

/** A run that a signal ends before it has a verdict. */
export interface Interrupted {
  readonly signal: string
  /** The requirement under way; undefined between two of them. */
  readonly during: string | undefined
  readonly passed: number
  /** The run's folder, as the operator should read it, and its id. */
  readonly folder: string
  readonly id: string
  readonly configuration: string | undefined
  /** True if everything had passed: what was published is then completed, not repeated. */
  readonly publishing: boolean
}

/** The last lines of a run that was interrupted: it leaves no verdict, and nothing that could be one. */
export function renderInterrupted(run: Interrupted): string {
  const place = run.publishing ? 'while publishing' : `in ${run.during ?? 'its set-up'}`
  const next = run.publishing
    ? `canary-gate publish --resume ${run.id}`
    : runAgain(run.configuration)
  return [
    '',
    `  HOLD  interrupted by ${run.signal} ${place}, ${run.passed} requirements had passed`,
    `  Kept        ${run.folder}`,
    `  Next        ${next}`,
    '',
  ].join('\n')
}
