import type { GateRun } from './run.ts'

/** What a step of the publication leaves: where it can be seen, and what it took over or found. */
export interface StepResult {
  /** Address of what was written, or read back. */
  readonly url: string
  readonly commentId?: number
  /** Run whose comment counts, where it is not this one: an earlier run of the same candidate. */
  readonly adoptedFrom?: string | null
}

/** What a step of the publication may ask and has to tell while it is under way. */
export interface StepContext<Run = GateRun> {
  readonly run: Run
  readonly now: () => Date
  /** When an earlier process began this step without learning how it ended (ISO 8601), or null. */
  readonly startedAt: string | null
  /** Logins that are ours; grows as they are learned, and is remembered on disk. */
  readonly authors: Set<string>
  /** Says on disk that the next request may happen. Called before it leaves. */
  started(): Promise<void>
  /** Says on disk that it certainly has not happened. */
  refused(): Promise<void>
  /** Reports a comment that carries our marker under a foreign name. */
  planted(url: string): void
}

/**
 * One step of the publication. It may be called again after it broke or its process died, and must
 * then find what it wrote before: `startedAt` says that there may be something to find.
 *
 * @throws GateStop for everything that keeps it from being complete; later steps are then not begun
 */
export interface PublicationStep<Run = GateRun> {
  /** Its key in `publication.json`. */
  readonly name: string
  /** Told to the operator when it begins. */
  readonly description: string
  perform(context: StepContext<Run>): Promise<StepResult>
  /**
   * Reads again what the step left: whoever resumes a publication looks at what was finished before,
   * and after the last step everything is looked at once more, so that what somebody undid is seen.
   *
   * A step without it is believed once it is done.
   *
   * @throws GateStop where it does not hold any more
   */
  confirm?(context: StepContext<Run>, done: StepResult): Promise<StepResult>
}
