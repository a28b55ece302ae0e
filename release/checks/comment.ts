import {
  blocked,
  confirmComment,
  type GitHub,
  type Posted,
  postOnce,
  publicText,
  type PublicationStep,
  type Recognised,
  type StepContext,
  usualPollPolicy,
  withMarker,
} from '@canary-gate/gate-kernel'
import { githubOf, RELEASES } from './candidate.ts'
import type { Run } from './facts.ts'

/** RELEASE/FR-006: the comment is rendered and can be posted; it is, once every requirement passed. */
export async function verifyComment(run: Run): Promise<void> {
  await requireOpen(run)
  await run.facts.write('comment', { body: await bodyOf(run) })
}

/** The issue of releases takes a comment. */
export async function requireOpen(run: Run): Promise<void> {
  const issue = await (await githubOf(run)).issue(RELEASES)
  if (issue.state !== 'open' || issue.locked)
    throw blocked({
      ...{ code: 'releases-closed', where: issue.url },
      what: `issue ${RELEASES} takes no comment: it is ${issue.locked ? 'locked' : issue.state}`,
      next: 're-open it, and run the gate again',
    })
}

/** The comment, from what was proven. */
export async function bodyOf(run: Run): Promise<string> {
  const { facts } = run
  const { tag, commit, packages, sha256 } = await facts.read('candidate')
  const [benchmarks, matrix] = [await facts.read('benchmarks'), await facts.read('matrix')]
  const nodes = [...new Set((await facts.read('installations')).map(({ node }) => node))]
  const rows = packages.map(({ name, sha256: digest }) => `| ${publicText(name)} | ${digest} |`)
  const text = [
    `Release gate passed: ${publicText(tag)}, commit ${commit}.`,
    '',
    `Installed and started alone on Node ${nodes.join(' and ')}. ` +
      `Benchmarks: ${benchmarks.played.length} of ${benchmarks.all} measured on this commit, all hold. ` +
      `Fault matrix: ${matrix.played.length} of ${matrix.all} worlds played, all ended as they should.`,
    ...['', '| Package | SHA-256 of its tarball |', '| --- | --- |', ...rows, ''],
  ].join('\n')
  return withMarker(text, { run: run.id, candidate: sha256, issue: RELEASES })
}

type Context = StepContext<Run>

async function recognised({ run, authors }: Context, github: GitHub): Promise<Recognised> {
  const { body } = await run.facts.read('comment')
  return {
    ...{ github, issue: RELEASES, body, polling: usualPollPolicy, authors },
    configuredAuthor: undefined,
    isStillValid: () => true,
    progress: (message) => run.progress(message),
  }
}

/** One comment on the issue of releases, however often this is called. */
export const releaseComment: PublicationStep<Run> = {
  name: 'release-comment',
  description: 'comment on the issue of releases',
  async perform(context) {
    const posted = await postOnce({
      ...(await recognised(context, await githubOf(context.run))),
      sentAt: context.startedAt,
      aboutToPost: () => context.started(),
      refused: () => context.refused(),
    })
    for (const { url } of posted.planted) context.planted(url)
    return resultOf(context, posted)
  },
  async confirm(context, { commentId }) {
    const posting = await recognised(context, await githubOf(context.run))
    return resultOf(context, await confirmComment(posting, commentId ?? null))
  },
}

function resultOf({ run }: Context, { comment: { id, url }, marker }: Posted) {
  return { url, commentId: id, adoptedFrom: marker.run === run.id ? null : marker.run }
}
