import {
  publish as walk,
  type PublicationRecord,
  type PublicationStep,
  type PublishOptions,
} from '@canary-gate/gate-kernel'
import type { GateRun } from '../run/run.ts'
import type { PublicationMeans } from './steps.ts'

type Steps = typeof import('./steps.ts')

/** Comment on 41, close 41 and read it back, comment on 1038, read it back as still open. */
export interface PublicationSteps {
  readonly comment41: PublicationStep<GateRun>
  readonly close41: PublicationStep<GateRun>
  readonly comment1038: PublicationStep<GateRun>
  readonly trackerOpen: PublicationStep<GateRun>
}

/** The four steps of this gate's publication; what they need is loaded when they are performed. */
export function publicationSteps(means: PublicationMeans = {}): PublicationSteps {
  const step = (
    name: string,
    description: string,
    choose: (steps: Steps) => Steps[keyof Steps],
  ): PublicationStep<GateRun> => ({
    ...{ name, description },
    perform: async (context) => choose(await import('./steps.ts')).perform(context, means),
    confirm: async (context, done) =>
      choose(await import('./steps.ts')).confirm(context, means, done),
  })
  return {
    comment41: step('comment41', 'evidence comment on issue 41', (all) => all.commentOn41),
    close41: step('close41', 'close issue 41', (all) => all.close41),
    comment1038: step('comment1038', 'evidence comment on issue 1038', (all) => all.commentOn1038),
    trackerOpen: step('trackerOpen', 'read issue 1038 back as open', (all) => all.trackerOpen),
  }
}

/** The record of this gate's publication. */
export type Phase4Record = PublicationRecord & {
  readonly steps: Record<keyof PublicationSteps, PublicationRecord['steps'][string]>
}

/** Publishes a passed run of this gate (FR-011, FR-012, FR-014, FR-015), exactly once. */
export async function publish(
  run: GateRun,
  { github, polling, ...options }: PublishOptions & PublicationMeans = {},
): Promise<Phase4Record> {
  const means = { ...(github && { github }), ...(polling && { polling }) }
  const pauses = polling && {
    readBackAfterMs: polling.undoneMs,
    pause: (ms: number) => polling.clock.pause(ms),
  }
  const steps = Object.values(publicationSteps(means)) as PublicationStep<GateRun>[]
  return (await walk(run, steps, { ...pauses, ...options })) as Phase4Record
}
