import { commandLine, type RunManner } from '../stop/remedy.ts'
import type { StopReport } from '../stop/verdict.ts'
import { runAgain } from './next-command.ts'

/** A run that a signal ends before it has a verdict. */
export interface Interrupted extends Kept {
  readonly signal: string
  /** The requirement under way; undefined between two of them. */
  readonly during: string | undefined
}

/** A run that could not be begun, or whose verdict could not be written. */
export interface Unwritten extends Kept {
  readonly stop: StopReport
  /** True if not even its folder could be made. */
  readonly begun: boolean
}

interface Kept {
  readonly passed: number
  /** The run's folder, as the operator should read it, and its id. */
  readonly folder: string
  readonly id: string
  readonly manner: RunManner
  /** True if everything had passed: what was published is then completed, not repeated. */
  readonly publishing: boolean
}

/** The last lines of a run that was interrupted: it leaves no verdict, and nothing that could be one. */
export function renderInterrupted(run: Interrupted, form?: string): string {
  const place = run.publishing ? 'while publishing' : `in ${run.during ?? 'its set-up'}`
  return [
    '',
    `  HOLD  interrupted by ${run.signal} ${place}, ${run.passed} requirements had passed`,
    `  Kept        ${run.folder}`,
    `  Next        ${commandLine(nextOf(run), form)}`,
    '',
  ].join('\n')
}

/** The last lines of a run that leaves no verdict because nothing could be written. */
export function renderUnwritten(run: Unwritten, form?: string): string {
  const { stop, begun, passed } = run
  const how = begun
    ? `the verdict could not be written, ${passed} requirements had passed`
    : 'the run could not be begun, nothing was started'
  return [
    '',
    `  HOLD  ${how}`,
    `  Cause       ${stop.cause} (${stop.verdict}, ${stop.code}; the candidate is not judged)`,
    `  What        ${stop.what}`,
    `  Where       ${stop.where}`,
    ...(begun ? [`  Kept        ${run.folder}`] : []),
    `  Next        ${stop.next}`,
    `  Then        ${commandLine(nextOf(run), form)}`,
    '',
  ].join('\n')
}

function nextOf({ publishing, id, manner }: Kept): readonly string[] {
  return publishing ? ['publish', '--resume', id] : runAgain(manner)
}
