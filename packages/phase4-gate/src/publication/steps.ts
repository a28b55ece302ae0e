import {
  blocked,
  bringInto,
  type Comment,
  failed,
  type GitHub,
  inconclusive,
  type Issue,
  isUntouched,
  markerOf,
  type PollPolicy,
  confirmComment,
  type Posted,
  postOnce,
  type Recognised,
  recordWrites,
  type StepContext,
  type StepResult,
  usualPollPolicy,
} from '@canary-gate/gate-kernel'
import { openGitHub } from '../github/open.ts'
import type { GateRun } from '../run/run.ts'
import { isTooOld } from '../service/snapshot-age.ts'
import { lastReopening } from './published-before.ts'

/** How a publication is carried out; only specs give anything. */
export interface PublicationMeans {
  readonly github?: GitHub
  readonly polling?: PollPolicy
}

type Context = StepContext<GateRun>

/** One step: how it is performed, and how what it left is read again. */
interface Step {
  perform(context: Context, means: PublicationMeans): Promise<StepResult>
  confirm(context: Context, means: PublicationMeans, done: StepResult): Promise<StepResult>
}

/** FR-011: the evidence comment on issue 41. */
export const commentOn41: Step = {
  perform: async (context, means) => comment(41, context, await connected(context, means)),
  confirm: async (context, means, done) =>
    confirmed(41, context, await connected(context, means), done),
}

/** FR-012: issue 41 is closed by the gate, as completed, and read back so. */
export const close41: Step = {
  async perform(context, means) {
    const { github, polling } = await connected(context, means)
    await context.started()
    const close = (): Promise<unknown> => github.close(41)
    await bringInto('closed', 41, github, polling, close, progressOf(context))
    return { url: (await requireClosed(github, context.authors)).url }
  },
  async confirm(context, means) {
    const { github } = await connected(context, means)
    return { url: (await requireClosed(github, context.authors)).url }
  },
}

/** FR-014: the evidence comment on the tracker, which is true only while 41 is closed. */
export const commentOn1038: Step = {
  async perform(context, means) {
    const session = await connected(context, means)
    await requireClosed(session.github, context.authors)
    await requireTrackerOpen(session.github, context.authors)
    return comment(1038, context, session)
  },
  confirm: async (context, means, done) =>
    confirmed(1038, context, await connected(context, means), done),
}

/** FR-015: the tracker is read back as open. */
export const trackerOpen: Step = {
  perform: readTrackerOpen,
  confirm: readTrackerOpen,
}

async function readTrackerOpen(context: Context, means: PublicationMeans): Promise<StepResult> {
  const { github } = await connected(context, means)
  return { url: (await requireTrackerOpen(github, context.authors)).url }
}

type Session = Required<PublicationMeans>

/** One client for all steps of a publication: it knows which token is accepted, and whose it is. */
const clients = new WeakMap<GateRun, Promise<GitHub>>()

async function connected({ run }: Context, means: PublicationMeans): Promise<Session> {
  const record = recordWrites(run.folder)
  const client = clients.get(run) ?? openGitHub(run.world, process.env, { record })
  clients.set(run, client)
  return {
    github: means.github ?? (await client),
    polling: means.polling ?? usualPollPolicy,
  }
}

const progressOf =
  ({ run }: Context) =>
  (message: string): void =>
    run.progress(message)

async function recognised(
  issue: 41 | 1038,
  context: Context,
  { github, polling }: Session,
): Promise<Recognised> {
  const { run, authors } = context
  const reopenedAt = await lastReopening(github)
  return {
    ...{ github, issue, body: await bodyFor(issue, run), polling, authors },
    configuredAuthor: run.world.github.author,
    isStillValid: (one: Comment) => Date.parse(one.createdAt) > reopenedAt,
    progress: progressOf(context),
  }
}

async function comment(issue: 41 | 1038, context: Context, session: Session): Promise<StepResult> {
  await requireFresh(context.run, context.now())
  const posted = await postOnce({
    ...(await recognised(issue, context, session)),
    sentAt: context.startedAt,
    aboutToPost: () => context.started(),
    refused: () => context.refused(),
  })
  for (const { url } of posted.planted) context.planted(url)
  return commented(context.run, posted)
}

async function confirmed(
  issue: 41 | 1038,
  context: Context,
  session: Session,
  { commentId }: StepResult,
): Promise<StepResult> {
  const posting = await recognised(issue, context, session)
  return commented(context.run, await confirmComment(posting, commentId ?? null))
}

function commented(run: GateRun, { comment: { id, url }, marker }: Posted): StepResult {
  return { url, commentId: id, adoptedFrom: marker.run === run.id ? null : marker.run }
}

/** Closed, as completed, and by the gate: nothing else is what FR-012 asks for. */
async function requireClosed(github: GitHub, authors: ReadonlySet<string>): Promise<Issue> {
  const issue = await github.issue(41)
  const { state, stateReason, closedBy, url } = issue
  if (state !== 'closed') throw openAgain(url)
  const isOurs = closedBy !== null && authors.has(closedBy)
  if (isOurs && stateReason === 'completed') return issue
  throw blocked({
    code: 'e2e-issue-closed-otherwise',
    cause: 'cannot-tell',
    what: `issue 41 was closed by ${closedBy ?? 'somebody unknown'} as ${stateReason ?? 'nothing in particular'}, not by the gate as completed`,
    where: url,
    next: 'ask who closed it and re-open it by hand; completing the publication closes it',
    command: ['publish', '--resume'],
  })
}

const openAgain = (url: string): Error =>
  blocked({
    code: 'e2e-issue-not-closed',
    cause: 'cannot-tell',
    what: 'issue 41 is open again, so what was published is not true any more',
    where: url,
    next: 'find out who re-opened it and why; once it is closed by the login of the gate, complete the publication',
    command: ['publish', '--resume'],
  })

async function requireTrackerOpen(github: GitHub, authors: ReadonlySet<string>): Promise<Issue> {
  const issue = await github.issue(1038)
  if (issue.state === 'open') return issue
  const byUs = issue.closedBy !== null && authors.has(issue.closedBy)
  throw (byUs ? failed : blocked)({
    code: 'tracker-closed',
    cause: 'cannot-tell',
    what: `the release tracker was closed by ${issue.closedBy ?? 'somebody unknown'}`,
    where: issue.url,
    next: 'the release decision is the operator’s: re-open it by hand if it was closed by mistake',
  })
}

async function bodyFor(issue: 41 | 1038, run: GateRun): Promise<string> {
  const { e2e41, tracker1038 } = await run.facts.read('comments')
  const body = issue === 41 ? e2e41 : tracker1038
  if (body !== null && isUntouched(body) && markerOf(body)?.run === run.id) return body
  const problem = body === null ? 'never rendered and checked' : 'changed after it was checked'
  throw blocked({
    code: 'comment-not-ready',
    what: `the comment on issue ${issue} was ${problem}`,
    where: `${run.folder}/facts/comments.json`,
    next: 'run the whole gate',
    command: ['run'],
  })
}

/** A publication may be completed days later; by then what it says about the service is history. */
async function requireFresh(run: GateRun, now: Date): Promise<void> {
  const { takenAt } = await run.facts.read('snapshotBeforeFourRuns')
  if (!isTooOld(takenAt, now)) return
  throw inconclusive({
    code: 'snapshot-too-old',
    cause: 'environment',
    what: `the health snapshot of this run was taken at ${takenAt}, over 24 hours ago`,
    where: run.folder,
    next: 'run the whole gate again; what was published already is found again',
    command: ['run'],
  })
}
