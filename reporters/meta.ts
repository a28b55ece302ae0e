import type { StopReport } from '@canary-gate/gate-kernel'

/** What a requirement tells the reporter about itself. Only this, never a green test, is a pass. */
export type RequirementMeta =
  | { readonly id: string; readonly verdict: 'pass'; readonly reusedFrom?: string }
  | {
      readonly id: string
      readonly verdict: StopReport['verdict']
      readonly stop: StopReport
      readonly waiver?: string
    }
  | { readonly id: string; readonly verdict: 'not-run'; readonly stoppedBy: string }

declare module 'vitest' {
  interface TaskMeta {
    requirement?: RequirementMeta
    /** Time this requirement waited for programs it started, in milliseconds. */
    programsMs?: number
  }
  interface ProvidedContext {
    /** Folder of the run, provided by the evidence reporter before any test starts. */
    runFolder: string
    /** The world of a gate without a set-up of its own, as JSON. */
    gateWorld: string
    /** Ids of the gate, in their order. */
    gateOrder: readonly string[]
  }
}
