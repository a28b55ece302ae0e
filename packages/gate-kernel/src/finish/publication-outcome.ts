import { type Gate, publishedRows, STOPPED } from '../definition/gate.ts'
import { type PublicationRecord } from '../publication/record.ts'
import { nextOf } from '../stop/verdict.ts'
import type { PublicationOutcome } from '../report/conclude.ts'
import type { EvidenceStop } from '../evidence/run-evidence.ts'

/** The record of a publication as the verdict needs it: complete, or broken at one requirement. */
export function outcomeOf(
  gate: Gate,
  record: PublicationRecord,
  runId: string,
): PublicationOutcome {
  const rows = publishedRows(gate)
  const unfinished = rows.find(({ publish }) => !isDone(record, publish.name))
  const comments = commentsOf(gate, record)
  if (record.outcome === 'complete' && unfinished === undefined) {
    return { status: 'complete', record, comments }
  }
  // A finished step may have been undone by somebody: then it is the one that was looked at last.
  const last = rows.find(({ publish }) => publish.name === record.at)
  const at = (last ?? unfinished ?? rows.at(-1))?.id ?? gate.order.at(-1) ?? ''
  return { status: 'broken', record, comments, at, stop: stopOf(record, runId) }
}

const noEnd = {
  code: 'publication-incomplete',
  verdict: 'inconclusive',
  cause: 'environment',
  what: 'it did not reach its end',
  where: 'publication.json in the run folder',
} as const

function stopOf({ stop }: PublicationRecord, runId: string): Omit<EvidenceStop, 'requirement'> {
  const { code, verdict, cause, what, where } = stop ?? noEnd
  return {
    ...{ code, verdict, cause, where, what: `the publication broke: ${what}` },
    next: '',
    command: ['publish', '--resume', runId],
    ...(stop && { findings: [nextOf(stop)] }),
  }
}

function isDone(record: PublicationRecord, name: string): boolean {
  return record.steps[name]?.state === 'done'
}

/** Addresses of the comments that were made or taken over, in the order of the steps. */
export function commentsOf(gate: Gate, { steps }: PublicationRecord): string[] {
  return publishedRows(gate).flatMap(({ publish }) => {
    const step = steps[publish.name]
    return step?.state === 'done' && step.commentId !== null ? [step.url] : []
  })
}

/**
 * The events that the publication has reached and the state has not, in order: a publication that is
 * resumed walks only what is left. A step counts only when all before it are done.
 *
 * @param isProven false where what the verdict rests on has changed since: then the last state is not reached
 */
export function publishedEvents(
  gate: Gate,
  record: PublicationRecord,
  { state, isProven }: { readonly state: string; readonly isProven: boolean },
): string[] {
  const rows = publishedRows(gate)
  const undone = rows.findIndex(({ publish }) => !isDone(record, publish.name))
  const done = undone === -1 ? rows : rows.slice(0, undone)
  const reached = gate.states.indexOf(state)
  const last = gate.states.indexOf(STOPPED) - 1
  return done
    .flatMap(({ publish }) => publish.reaches ?? [])
    .map((one) => ({ ...one, place: gate.states.indexOf(one.state) }))
    .filter(({ place }) => place > reached && (isProven || place !== last))
    .map(({ event }) => event)
}
