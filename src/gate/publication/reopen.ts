import { type GitHub, openGitHub } from '../github/github.ts'
import type { BlockerNumber } from '../github/targets.ts'
import { isDryRun } from '../run/dry-run.ts'
import type { GateRun } from '../run/run.ts'
import { longestBody } from './checklist.ts'
import { withMarker } from './marker.ts'
import { type Patience, usualPatience } from './patience.ts'
import { postOnce } from './post.ts'
import { bringInto } from './state-change.ts'

export interface Reopening {
  readonly issue: BlockerNumber
  /** False where the blocker was open already: then it only gets the comment. */
  readonly reopened: boolean
  readonly commentUrl: string
}

/**
 * Re-opens the blocker that a failed canary has proven to be open, and says why in a comment (FR-007).
 * The state is read first; the comment is posted exactly once per run. Preserving the evidence comes
 * before this and is the caller's duty.
 */
export async function reopenBlocker(
  run: GateRun,
  issue: BlockerNumber,
  body: string,
  options: { readonly github?: GitHub; readonly patience?: Patience } = {},
): Promise<Reopening> {
  const github = options.github ?? (await openGitHub(run.world))
  const patience = options.patience ?? usualPatience
  const before = await github.issue(issue)
  if (await isDryRun(run.folder)) {
    run.progress(`dry run: #${issue} would be re-opened`)
    return { issue, reopened: false, commentUrl: 'none: dry run' }
  }
  await bringInto('open', issue, github, patience, () => github.reopen(issue))
  const { wheelSha256 } = await run.facts.read('candidate')
  const text = body.slice(0, longestBody - roomForMarker)
  const { comment } = await postOnce({
    ...{ github, issue, patience, authors: new Set<string>(), sentAt: null },
    body: withMarker(text, { run: run.id, candidate: wheelSha256, issue }),
    configuredAuthor: run.world.github.author,
    // Another run's failure is another piece of news.
    isStillValid: () => false,
    aboutToPost: () => Promise.resolve(),
    refused: () => Promise.resolve(),
  })
  return { issue, reopened: before.state === 'closed', commentUrl: comment.url }
}

const roomForMarker = 400
