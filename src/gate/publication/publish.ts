import { type GitHub, openGitHub } from '../github/github.ts'
import type { Comment, Issue } from '../github/things.ts'
import type { GateRun } from '../run/run.ts'
import { snapshotLifetimeSeconds } from '../service/answers.ts'
import { blocked, failed, GateStop, inconclusive } from '../verdict.ts'
import { withPublicationLock } from './lock.ts'
import { isUntouched, markerOf } from './marker.ts'
import { type Patience, usualPatience } from './patience.ts'
import { type Posted, postOnce } from './post.ts'
import { lastReopening } from './published-before.ts'
import {
  type DoneStep,
  emptyRecord,
  type PublicationRecord,
  readRecord,
  saveRecord,
  type StepName,
  stepNames,
} from './record.ts'
import { bringInto } from './state-change.ts'

export interface PublishOptions {
  readonly github?: GitHub
  readonly patience?: Patience
  readonly now?: () => Date
  /** How long to wait for another publisher of this checkout, in milliseconds. */
  readonly lockWaitMs?: number
}

/**
 * Publishes a fully passed run: comment on 41, close 41 and read it back, comment on 1038, read it back
 * as still open (FR-011, FR-012, FR-014, FR-015). Every step is on disk before and after it happens, so
 * a publication that broke or whose process died is completed by calling this again, and no comment is
 * made twice. Returns the record; `outcome` says whether it is complete, `stop` why not.
 *
 * The caller answers for the verdict: it calls this only after every requirement has passed.
 */
export async function publish(
  run: GateRun,
  options: PublishOptions = {},
): Promise<PublicationRecord> {
  return withPublicationLock(run.folder, options.lockWaitMs ?? 60_000, async () => {
    const record = (await readRecord(run.folder)) ?? emptyRecord(run.id)
    try {
      const github = options.github ?? (await openGitHub(run.world))
      await new Publisher(run, record, github, options).walk()
    } catch (error) {
      if (!(error instanceof GateStop)) throw error
      return ended(run, { ...record, outcome: 'broken', stop: error.report })
    }
    return ended(run, { ...record, outcome: 'complete', stop: null })
  })
}

async function ended(run: GateRun, record: PublicationRecord): Promise<PublicationRecord> {
  await saveRecord(run.folder, record)
  return record
}

/** Walks the steps that are not done yet, in order. */
class Publisher {
  readonly #run: GateRun
  readonly #record: PublicationRecord
  readonly #patience: Patience
  readonly #now: () => Date
  readonly #authors: Set<string>
  readonly #github: GitHub

  constructor(run: GateRun, record: PublicationRecord, github: GitHub, options: PublishOptions) {
    this.#run = run
    this.#record = record
    this.#patience = options.patience ?? usualPatience
    this.#now = options.now ?? (() => new Date())
    this.#authors = new Set(record.authors)
    this.#github = github
  }

  async walk(): Promise<void> {
    const github = this.#github
    try {
      for (const name of stepNames) {
        if (this.#record.steps[name].state === 'done') continue
        this.#run.progress(`publication: ${descriptions[name]}`)
        await this.#save(name, await this.#step(name, github))
      }
    } finally {
      // Also what was learned just before something broke: whose comments are ours.
      this.#record.authors = [...this.#authors]
    }
  }

  async #step(name: StepName, github: GitHub): Promise<DoneStep> {
    switch (name) {
      case 'comment41':
        return this.#comment(name, 41, github)
      case 'close41':
        return this.#close(github)
      case 'comment1038':
        await this.#requireClosed(github)
        await this.#requireTrackerOpen(github)
        return this.#comment(name, 1038, github)
      case 'trackerOpen':
        return this.#done((await this.#requireTrackerOpen(github)).url)
    }
  }

  async #comment(name: StepName, issue: 41 | 1038, github: GitHub): Promise<DoneStep> {
    await this.#requireFresh()
    const reopenedAt = await lastReopening(github)
    const earlier = this.#record.steps[name]
    const posted = await postOnce({
      ...{ github, issue, body: await this.#body(issue), patience: this.#patience },
      configuredAuthor: this.#run.world.github.author,
      authors: this.#authors,
      sentAt: earlier.state === 'started' ? earlier.at : null,
      isStillValid: (comment: Comment) => Date.parse(comment.createdAt) > reopenedAt,
      aboutToPost: () => this.#save(name, { state: 'started', at: this.#now().toISOString() }),
      refused: () => this.#save(name, { state: 'pending' }),
    })
    this.#record.planted.push(...posted.planted.map(({ url }) => url))
    if (!isUntouched(posted.comment.body)) throw edited(posted.comment)
    return this.#commented(posted)
  }

  #commented({ comment, marker, extras }: Posted): DoneStep {
    return {
      ...this.#done(comment.url),
      commentId: comment.id,
      adoptedFrom: marker.run === this.#run.id ? null : marker.run,
      extras: extras.map(({ id, url }) => ({ id, url })),
    }
  }

  async #close(github: GitHub): Promise<DoneStep> {
    await this.#save('close41', { state: 'started', at: this.#now().toISOString() })
    const closed = await bringInto('closed', 41, github, this.#patience, () => github.close(41))
    return this.#done(closed.url)
  }

  async #requireClosed(github: GitHub): Promise<void> {
    const issue = await github.issue(41)
    if (issue.state === 'closed') return
    throw blocked({
      code: 'e2e-issue-not-closed',
      cause: 'cannot-tell',
      what: 'issue 41 is open again, so the comment on 1038 would not be true',
      where: issue.url,
      next: 'find out who re-opened it and why; run canary-gate publish --resume once it is closed',
    })
  }

  async #requireTrackerOpen(github: GitHub): Promise<Issue> {
    const issue = await github.issue(1038)
    if (issue.state === 'open') return issue
    const byUs = issue.closedBy !== null && this.#authors.has(issue.closedBy)
    throw (byUs ? failed : blocked)({
      code: 'tracker-closed',
      cause: 'cannot-tell',
      what: `the release tracker was closed by ${issue.closedBy ?? 'somebody unknown'}`,
      where: issue.url,
      next: 'the release decision is the operator’s: re-open it by hand if it was closed by mistake',
    })
  }

  async #body(issue: 41 | 1038): Promise<string> {
    const { e2e41, tracker1038 } = await this.#run.facts.read('comments')
    const body = issue === 41 ? e2e41 : tracker1038
    if (body !== null && isUntouched(body) && markerOf(body)?.run === this.#run.id) return body
    const problem = body === null ? 'never rendered and checked' : 'changed after it was checked'
    throw blocked({
      code: 'comment-not-ready',
      what: `the comment on issue ${issue} was ${problem}`,
      where: `${this.#run.folder}/facts/comments.json`,
      next: 'run the whole gate: canary-gate run',
    })
  }

  /** A publication may be completed days later; by then what it says about the service is history. */
  async #requireFresh(): Promise<void> {
    const { takenAt } = await this.#run.facts.read('snapshotBeforeFourRuns')
    const ageSeconds = (this.#now().getTime() - Date.parse(takenAt)) / 1000
    if (ageSeconds <= snapshotLifetimeSeconds) return
    throw inconclusive({
      code: 'snapshot-too-old',
      cause: 'environment',
      what: `the health snapshot of this run was taken at ${takenAt}, over 24 hours ago`,
      where: this.#run.folder,
      next: 'run the whole gate again: canary-gate run; what was published already is found again',
    })
  }

  #done(url: string): DoneStep {
    const at = this.#now().toISOString()
    return { state: 'done', at, url, commentId: null, adoptedFrom: null, extras: [] }
  }

  async #save(name: StepName, step: PublicationRecord['steps'][StepName]): Promise<void> {
    this.#record.steps[name] = step
    this.#record.authors = [...this.#authors]
    await saveRecord(this.#run.folder, this.#record)
  }
}

/** Ours by author and marker, but not in what it says: the evidence that was checked is not there. */
const edited = ({ url }: Comment): Error =>
  blocked({
    code: 'comment-edited',
    cause: 'cannot-tell',
    what: 'somebody edited the evidence comment after it was posted',
    where: url,
    next: 'restore its text from its edit history, or delete it; then run canary-gate publish --resume',
  })

const descriptions: Readonly<Record<StepName, string>> = {
  comment41: 'evidence comment on issue 41',
  close41: 'close issue 41',
  comment1038: 'evidence comment on issue 1038',
  trackerOpen: 'read issue 1038 back as open',
}
