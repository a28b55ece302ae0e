import type { FactSchemas, FactStore } from './run.ts'

/** The facts of the run that is resumed, those of this run, and the time. */
export interface Comparison<Facts extends FactSchemas = FactSchemas> {
  readonly earlier: FactStore<Facts>
  readonly now: FactStore<Facts>
  /** Milliseconds since the epoch. */
  readonly nowMs: number
}

/** What became of one input since the earlier run: one line, or undefined if it is as it was. */
export type InputChange<Facts extends FactSchemas = FactSchemas> = {
  // A method's type lets the kernel, which knows no fact by name, call what a definition wrote.
  method(comparison: Comparison<Facts>): Promise<string | undefined>
}['method']

/** When the proof of a stopped run may be re-used instead of proving the requirement again. */
export interface ReuseRule<Id extends string = string, Facts extends FactSchemas = FactSchemas> {
  /** Requirements that must have passed in the earlier run: a proof is re-used as a whole. */
  readonly needs?: readonly Id[]
  /** Requirements that this run must have re-used itself before. */
  readonly after?: readonly Id[]
  /** Facts that are taken over. */
  readonly facts?: readonly (keyof Facts & string)[]
  /** What must be as it was. */
  unchanged?: readonly InputChange<Facts>[]
}
