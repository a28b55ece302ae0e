import type { GateId } from '../register.ts'
import type { Evidence, EvidenceStop, RequirementResult } from './evidence.ts'
import type { Judgement } from './judge.ts'

/** How the publication ended. `record` is what was written and read back. */
export type PublicationOutcome =
  | { readonly status: 'complete'; readonly record: unknown; readonly comments: readonly string[] }
  | { readonly status: 'withheld' }
  | {
      readonly status: 'broken'
      readonly record: unknown
      readonly comments: readonly string[]
      readonly at: PublishedId
      readonly stop: Omit<EvidenceStop, 'requirement'>
    }

/** Requirements that are proven only by reading back what was published, in that order. */
const publishedIds = ['GATE/FR-011', 'GATE/FR-012', 'GATE/FR-014', 'GATE/FR-015'] as const
export type PublishedId = (typeof publishedIds)[number]

type Conclusion = Pick<Evidence, 'verdict' | 'requirements' | 'stop' | 'publication'>

/**
 * The final verdict. Before publication the files of FR-011, FR-012, FR-014 and FR-015 can only show
 * that what is to be published is complete; they pass when it was read back, and not before.
 */
export function conclude(judgement: Judgement, publication: PublicationOutcome): Conclusion {
  switch (publication.status) {
    case 'complete':
      return {
        verdict: judgement.publishable ? 'release' : 'hold',
        requirements: [...judgement.requirements],
        stop: judgement.stop,
        publication: { ...publication, comments: [...publication.comments] },
      }
    case 'withheld':
      return {
        verdict: 'hold',
        requirements: judgement.requirements.map((result) =>
          isPublished(result.id) && result.verdict === 'pass'
            ? { ...result, verdict: 'not-run', stoppedBy: 'publication withheld' }
            : result,
        ),
        stop: judgement.stop,
        publication: { status: 'withheld', record: null, comments: [] },
      }
    case 'broken':
      return {
        verdict: 'hold',
        requirements: judgement.requirements.map((result) => brokenAt(result, publication)),
        stop: { ...publication.stop, requirement: publication.at },
        publication: {
          status: 'broken',
          record: publication.record,
          comments: [...publication.comments],
        },
      }
  }
}

type Broken = Extract<PublicationOutcome, { status: 'broken' }>

function brokenAt(result: RequirementResult, broken: Broken): RequirementResult {
  if (result.id === broken.at) return { ...result, verdict: broken.stop.verdict, stop: broken.stop }
  const later = placeOf(result.id) > placeOf(broken.at)
  return later ? { ...result, verdict: 'not-run', stoppedBy: broken.at } : result
}

function isPublished(id: string): boolean {
  return placeOf(id) !== -1
}

function placeOf(id: string): number {
  return publishedIds.findIndex((known: GateId) => known === id)
}
