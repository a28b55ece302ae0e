import { setTimeout as wait } from 'node:timers/promises'
import type { GateRun } from '../definition/run.ts'
import type { PublicationStep, StepContext, StepResult } from '../definition/step.ts'
import { GateStop } from '../stop/verdict.ts'
import { withPublicationLock } from './lock.ts'
import {
  type DoneStep,
  emptyRecord,
  type PublicationRecord,
  readRecord,
  saveRecord,
  type StepRecord,
} from './record.ts'

export interface PublishOptions {
  readonly now?: () => Date
  /** How long to wait for another publisher of this checkout, in milliseconds. */
  readonly lockWaitMs?: number
  /** Pause between the last step and the last look at everything, in milliseconds. */
  readonly readBackAfterMs?: number
  readonly pause?: (ms: number) => Promise<unknown>
}

/**
 * Publishes a fully passed run: each step of the gate's table, in its order. Every step is on disk
 * before and after it happens, so a publication that broke or whose process died is completed by
 * calling this again, and nothing is written twice. Returns the record; `outcome` says whether it is
 * complete, `stop` why not.
 *
 * The caller answers for the verdict: it calls this only after every requirement has passed.
 */
export async function publish<Run extends GateRun>(
  run: Run,
  steps: readonly PublicationStep<Run>[],
  options: PublishOptions = {},
): Promise<PublicationRecord> {
  const { now = () => new Date(), lockWaitMs = 60_000 } = options
  return withPublicationLock(run.folder, lockWaitMs, async () => {
    const names = steps.map(({ name }) => name)
    const record = (await readRecord(run.folder)) ?? emptyRecord(run.id, names)
    try {
      await new Publisher(run, record, now).walk(steps, options)
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

/** Walks the steps in order: performs what is not done yet, and looks again at what is. */
class Publisher<Run extends GateRun> {
  readonly #run: Run
  readonly #record: PublicationRecord
  readonly #now: () => Date
  readonly #authors: Set<string>

  constructor(run: Run, record: PublicationRecord, now: () => Date) {
    this.#run = run
    this.#record = record
    this.#now = now
    this.#authors = new Set(record.authors)
  }

  async walk(
    steps: readonly PublicationStep<Run>[],
    { readBackAfterMs = 15_000, pause = wait }: PublishOptions,
  ): Promise<void> {
    try {
      let hasWritten = this.#wroteWithin(readBackAfterMs)
      for (const step of steps) {
        this.#record.at = step.name
        const earlier = this.#record.steps[step.name]
        // What an earlier process finished may have been undone since: it is looked at again.
        if (earlier?.state === 'done') {
          await this.#confirm(step, earlier)
          continue
        }
        hasWritten = true
        this.#run.progress(`publication: ${step.description}`)
        const result = await step.perform(this.#contextOf(step.name))
        await this.#save(step.name, doneOf(result, this.#now().toISOString()))
      }
      if (!hasWritten) return
      const seconds = Math.ceil(readBackAfterMs / 1000)
      this.#run.progress(`publication: everything is read back in ${seconds} s`)
      await pause(readBackAfterMs)
      await this.#confirmAll(steps)
    } finally {
      // Also what was learned just before something broke: whose comments are ours.
      this.#record.authors = [...this.#authors]
    }
  }

  /** Whether a process that died wrote so lately, or in the future of a clock that was set back. */
  #wroteWithin(ms: number): boolean {
    const times = Object.values(this.#record.steps).flatMap((step) =>
      step.state === 'done' ? [Date.parse(step.at)] : [],
    )
    return Math.max(0, ...times) > this.#now().getTime() - ms
  }

  async #confirmAll(steps: readonly PublicationStep<Run>[]): Promise<void> {
    for (const step of steps) {
      this.#record.at = step.name
      const done = this.#record.steps[step.name]
      if (done?.state !== 'done') throw new Error(`${step.name} is not done`)
      await this.#confirm(step, done)
    }
  }

  async #confirm(step: PublicationStep<Run>, { at, ...done }: DoneStep): Promise<void> {
    if (step.confirm === undefined) return
    const { url, commentId, adoptedFrom } = done
    const earlier = { url, adoptedFrom, ...(commentId !== null && { commentId }) }
    const result = await step.confirm(this.#contextOf(step.name), earlier)
    await this.#save(step.name, doneOf(result, at))
  }

  #contextOf(name: string): StepContext<Run> {
    const earlier = this.#record.steps[name]
    return {
      ...{ run: this.#run, now: this.#now, authors: this.#authors },
      startedAt: earlier?.state === 'started' ? earlier.at : null,
      started: () => this.#save(name, { state: 'started', at: this.#now().toISOString() }),
      refused: () => this.#save(name, { state: 'pending' }),
      planted: (url) => void this.#record.planted.push(url),
    }
  }

  async #save(name: string, step: StepRecord): Promise<void> {
    this.#record.steps[name] = step
    this.#record.authors = [...this.#authors]
    await saveRecord(this.#run.folder, this.#record)
  }
}

function doneOf(result: StepResult, at: string): DoneStep {
  const { url, commentId = null, adoptedFrom = null } = result
  return { state: 'done', at, url, commentId, adoptedFrom }
}
