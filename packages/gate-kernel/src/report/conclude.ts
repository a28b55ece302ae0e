import { type Gate, publishedRows } from '../definition/gate.ts'
import { WITHHELD } from '../attestation/waived.ts'
import type { Evidence, EvidenceStop, RequirementResult } from '../evidence/run-evidence.ts'
import type { RunVerdict } from './run-verdict.ts'

/** How the publication ended. `record` is what was written and read back. */
export type PublicationOutcome =
  | { readonly status: 'complete'; readonly record: unknown; readonly comments: readonly string[] }
  | { readonly status: 'withheld' }
  | {
      readonly status: 'broken'
      readonly record: unknown
      readonly comments: readonly string[]
      /** The requirement at which it broke. */
      readonly at: string
      /** Everything was written and read back; what the verdict rests on has changed since. */
      readonly isPublished?: true
      readonly stop: Omit<EvidenceStop, 'requirement'>
    }

type Conclusion = Pick<Evidence, 'verdict' | 'requirements' | 'stop' | 'publication'>

/**
 * The final verdict. Before publication the files of requirements that are published can only show that
 * what is to be published is complete; they pass when it was read back, and not before.
 */
export function conclude(
  gate: Gate,
  verdict: RunVerdict,
  publication: PublicationOutcome,
): Conclusion {
  const published: readonly string[] = publishedRows(gate).map(({ id }) => id)
  switch (publication.status) {
    case 'complete':
      return {
        verdict: verdict.publishable ? 'release' : 'hold',
        requirements: [...verdict.requirements],
        stop: verdict.stop,
        publication: { ...publication, comments: [...publication.comments] },
      }
    case 'withheld':
      return {
        verdict: 'hold',
        requirements: verdict.requirements.map((result) =>
          published.includes(result.id) && result.verdict === 'pass'
            ? { ...result, verdict: 'not-run', stoppedBy: WITHHELD }
            : result,
        ),
        stop: verdict.stop,
        publication: { status: 'withheld', record: null, comments: [] },
      }
    case 'broken':
      return {
        verdict: 'hold',
        requirements: verdict.requirements.map((result) =>
          brokenAt(result, publication, published),
        ),
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

function brokenAt(
  result: RequirementResult,
  broken: Broken,
  published: readonly string[],
): RequirementResult {
  if (result.id === broken.at) return { ...result, verdict: broken.stop.verdict, stop: broken.stop }
  if (broken.isPublished === true) return result
  const later = published.indexOf(result.id) > published.indexOf(broken.at)
  return later ? { ...result, verdict: 'not-run', stoppedBy: broken.at } : result
}
