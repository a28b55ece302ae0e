import { type PublicationRecord, type StepName, stepNames } from '../publication/record.ts'
import type { GateState, PublishedStep } from '../state/machine.ts'
import type { PublicationOutcome, PublishedId } from './conclude.ts'

/** Which requirement each step of the publication proves. */
const provenBy: Readonly<Record<StepName, PublishedId>> = {
  comment41: 'GATE/FR-011',
  close41: 'GATE/FR-012',
  comment1038: 'GATE/FR-014',
  trackerOpen: 'GATE/FR-015',
}

/** The record of a publication as the verdict needs it: complete, or broken at one requirement. */
export function outcomeOf(record: PublicationRecord, runId: string): PublicationOutcome {
  const undone = stepNames.find((name) => record.steps[name].state !== 'done')
  if (record.outcome === 'complete' && undone === undefined) {
    return { status: 'complete', record, comments: commentsOf(record) }
  }
  return {
    status: 'broken',
    record,
    comments: commentsOf(record),
    at: provenBy[undone ?? 'trackerOpen'],
    stop: {
      code: record.stop?.code ?? 'publication-incomplete',
      verdict: record.stop?.verdict ?? 'inconclusive',
      cause: record.stop?.cause ?? 'environment',
      what: `the publication broke: ${record.stop?.what ?? 'it did not reach its end'}`,
      where: record.stop?.where ?? 'publication.json in the run folder',
      next: `canary-gate publish --resume ${runId}`,
      ...(record.stop && { findings: [record.stop.next] }),
    },
  }
}

function commentsOf({ steps }: PublicationRecord): string[] {
  return [steps.comment41, steps.comment1038].flatMap((step) =>
    step.state === 'done' ? [step.url] : [],
  )
}

/**
 * The steps of the state machine that the publication has reached and the state has not, in order:
 * a publication that is taken up again walks only what is left.
 */
export function publishedSteps(record: PublicationRecord, state: GateState): PublishedStep[] {
  const done = (name: StepName): boolean => record.steps[name].state === 'done'
  const closed = done('comment41') && done('close41')
  const complete = closed && done('comment1038') && done('trackerOpen')
  return [
    ...(closed && state === 'FOUR_RUN_PASSED' ? confirmed : []),
    ...(complete ? (['tracker-commented'] as const) : []),
  ]
}

const confirmed = ['e2e-closed', 'teamspace-confirmed'] as const
