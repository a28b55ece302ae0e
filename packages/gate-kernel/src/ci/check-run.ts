import { headlineOf } from '../evidence/headline.ts'
import type { Evidence } from '../evidence/run-evidence.ts'
import { type Annotation, annotationsOf } from './annotations.ts'
import { renderSummary } from './summary.ts'

/** Body of `POST /repos/{owner}/{repo}/check-runs`. */
export interface CheckRun {
  readonly name: string
  readonly head_sha: string
  readonly status: 'completed'
  readonly conclusion: Conclusion
  readonly started_at: string
  readonly completed_at: string
  readonly output: {
    readonly title: string
    readonly summary: string
    readonly annotations: readonly CheckAnnotation[]
  }
}

type Conclusion = 'success' | 'failure' | 'neutral' | 'action_required'

interface CheckAnnotation {
  readonly path: string
  readonly start_line: 1
  readonly end_line: 1
  readonly annotation_level: 'failure' | 'warning' | 'notice'
  readonly title: string
  readonly message: string
}

/** GitHub's bounds for one request: characters of a summary, and annotations. */
const LONGEST_SUMMARY = 65_535
const MOST_ANNOTATIONS = 50
const LONGEST_MESSAGE = 4_000

/**
 * The check run of a run. Only a release is a success. What nobody could find out is `neutral`, which
 * a branch protection that demands success does not accept; an owner's waiver asks for action. That of a
 * rehearsal has another name: where a configuration got lost, the check that is demanded is missing.
 */
export function checkRunOf(
  evidence: Evidence,
  options: {
    readonly commit: string
    readonly worth: string
    readonly fileOf: (id: string) => string
  },
): CheckRun {
  const { word, sentence } = headlineOf(evidence)
  const isRehearsal = evidence.world === 'rehearsal'
  return {
    name: isRehearsal ? 'canary-gate (rehearsal)' : 'canary-gate',
    head_sha: options.commit,
    status: 'completed',
    conclusion: conclusionOf(evidence),
    started_at: evidence.startedAt,
    completed_at: evidence.finishedAt,
    output: {
      title: `${isRehearsal ? 'Rehearsal, nothing real was judged. ' : ''}${word}: ${sentence}`,
      summary: renderSummary(evidence, options.worth).slice(0, LONGEST_SUMMARY),
      annotations: annotationsOf(evidence, options.fileOf)
        .slice(0, MOST_ANNOTATIONS)
        .map(checkAnnotation),
    },
  }
}

function conclusionOf({ verdict, stop, weakenings }: Evidence): Conclusion {
  if (verdict === 'release') return 'success'
  if (verdict === 'waived') return 'action_required'
  const inconclusive = stop?.verdict === 'inconclusive' || (stop === null && weakenings.length > 0)
  return inconclusive ? 'neutral' : 'failure'
}

function checkAnnotation({ level, file, title, message }: Annotation): CheckAnnotation {
  return {
    ...{ path: file, start_line: 1, end_line: 1, title: title.slice(0, 255) },
    annotation_level: level === 'error' ? 'failure' : level,
    message: message.slice(0, LONGEST_MESSAGE),
  }
}
