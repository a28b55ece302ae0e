import type { Fact, ServiceSnapshot } from '../run/facts.ts'

/** The facts of a run that the page shows; each is undefined where the run did not get that far. */
export interface PageFacts {
  readonly candidate: Fact<'candidate'> | undefined
  readonly installation: Fact<'installation'> | undefined
  readonly fixes: Fact<'fixes'> | undefined
  readonly single: Fact<'single'> | undefined
  readonly fourRun: Fact<'fourRun'> | undefined
  readonly snapshots: readonly (ServiceSnapshot | undefined)[]
  readonly states: readonly (Fact<'stateBeforeSingle'> | undefined)[]
  readonly teamspace: Fact<'teamspace'> | undefined
  /** Path of the attempt folder relative to the page; undefined where there is none. */
  readonly attempt: string | undefined
}
