import {
  bringInto,
  type GitHub,
  isDryRun,
  type PollPolicy,
  postOnce,
  recordWrites,
  usualPollPolicy,
  withMarker,
} from '@canary-gate/gate-kernel'
import { openGitHub } from '../github/open.ts'
import type { BlockerNumber } from '../github/targets.ts'
import type { GateRun } from '../run/run.ts'
import { longestBody } from './checklist.ts'

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
  options: { readonly github?: GitHub; readonly polling?: PollPolicy } = {},
): Promise<Reopening> {
  const github =
    options.github ??
    (await openGitHub(run.world, process.env, { record: recordWrites(run.folder) }))
  const polling = options.polling ?? usualPollPolicy
  const before = await github.issue(issue)
  if (await isDryRun(run.folder)) {
    run.progress(`dry run: #${issue} would be re-opened`)
    return { issue, reopened: false, commentUrl: 'none: dry run' }
  }
  const progress = (message: string): void => run.progress(message)
  await bringInto('open', issue, github, polling, () => github.reopen(issue), progress)
  const { wheelSha256 } = await run.facts.read('candidate')
  const text = body.slice(0, longestBody - roomForMarker)
  const { comment } = await postOnce({
    ...{ github, issue, polling, authors: new Set<string>(), sentAt: null, progress },
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
