import { basename } from 'node:path'
import { takeUpCommand } from '../resume/command.ts'
import { gateDigest } from '../resume/gate-digest.ts'
import { leaveRecord } from '../resume/record.ts'
import type { PublicationRecord } from '../publication/record.ts'
import { gateOrder } from '../register.ts'
import { conclude, type PublicationOutcome } from '../report/conclude.ts'
import type { Evidence, EvidenceStop } from '../report/evidence.ts'
import { judge, type Judgement } from '../report/judge.ts'
import { againCommand, withConfiguration } from '../report/next-command.ts'
import type { RunObservation } from '../report/observation.ts'
import { outcomeOf, publishedSteps } from '../report/published.ts'
import { writeReports } from '../report/write.ts'
import { readHistory, recordEvent } from '../state/history.ts'
import { stopReportOf } from '../stop-report.ts'
import { inconclusive } from '../verdict.ts'
import { announceVerdict } from './begin.ts'
import { readPassed, recordPassed } from './judgement-file.ts'
import { type GateRun, openRun } from './run.ts'

/** How a run is ended: where it lies, the clock, and how it is published. */
export interface Ending {
  /** Folder of all runs. */
  readonly artifacts: string
  /** Folder of this run. */
  readonly folder: string
  readonly now: () => Date
  /** File of the world's configuration; undefined for a world that was made for this run. */
  readonly configuration?: string | undefined
  /** Writes the two comments and closes 41, exactly once; returns what was read back. */
  readonly publish: (run: GateRun) => Promise<PublicationRecord>
  /** Tells the operator what the publication is doing. */
  readonly progress: (message: string) => void
}

export interface Finished {
  readonly evidence: Evidence
  /** Path of evidence.json. */
  readonly file: string
}

/**
 * The end of a run, in this order: judge, publish if everything passed, record the state, write the
 * reports, name the run as the newest one with a verdict.
 */
export async function finishRun(
  ending: Ending & { readonly startedAt: Date; readonly observation: RunObservation },
): Promise<Finished> {
  const judgement = judge(ending.observation)
  // A broken publication is no stop of the state machine: `publish --resume` walks on from there.
  if (judgement.stop !== null) await recordStop(ending, judgement.stop)
  if (!judgement.publishable)
    return report(ending, judgement, { status: 'withheld' }, ending.startedAt)
  await recordPassed(ending.folder, judgement, ending.startedAt)
  return report(ending, judgement, await publishRun(ending), ending.startedAt)
}

/**
 * Completes a publication that broke, or whose process died. What was written is found again, so
 * that nothing is written twice.
 *
 * @throws GateStop if the run never passed: there is nothing that may be published
 */
export async function resumePublication(ending: Ending): Promise<Finished> {
  const passed = await readPassed(ending.folder)
  if (passed === undefined) {
    throw inconclusive({
      code: 'nothing-to-publish',
      cause: 'environment',
      what: 'this run did not pass every requirement, so nothing of it may be published',
      where: ending.folder,
      next: 'run the gate: canary-gate run',
    })
  }
  const { requirements, startedAt } = passed
  const judgement: Judgement = { requirements, stop: null, weakenings: [], publishable: true }
  return report(ending, judgement, await publishRun(ending), new Date(startedAt))
}

/** Publishes, and walks the state to GATE_COMPLETE along what was read back. */
async function publishRun(ending: Ending): Promise<PublicationOutcome> {
  try {
    const record = await ending.publish(await openRun(ending.folder, ending.progress))
    for (const step of publishedSteps(record, (await readHistory(ending.folder)).state)) {
      await recordEvent(ending.folder, { type: 'published', step }, ending.now())
    }
    return outcomeOf(record, basename(ending.folder))
  } catch (error) {
    const next = `canary-gate publish --resume ${basename(ending.folder)}`
    const stop = { ...stopReportOf(error), next }
    return { status: 'broken', record: null, comments: [], at: 'GATE/FR-011', stop }
  }
}

async function report(
  ending: Ending,
  judgement: Judgement,
  publication: PublicationOutcome,
  startedAt: Date,
): Promise<Finished> {
  const proven: Evidence = {
    schemaVersion: 1,
    runId: basename(ending.folder),
    ...withConfiguration(conclude(judgement, publication), ending.configuration),
    state: (await readHistory(ending.folder)).state,
    startedAt: startedAt.toISOString(),
    finishedAt: ending.now().toISOString(),
    weakenings: [...judgement.weakenings],
    ...(await provenFacts(ending.folder)),
    gateSha256: await gateDigest(),
  }
  const again = againCommand(proven, ending.configuration)
  const resume = takeUpCommand(proven, ending.configuration)
  const evidence = {
    ...proven,
    ...(again !== undefined && { again }),
    ...(resume !== undefined && { resume }),
  }
  const file = await writeReports(ending.folder, evidence, await renderedComments(ending.folder))
  await leaveRecord(ending.folder, evidence)
  await announceVerdict(ending.artifacts, evidence.runId)
  return { evidence, file }
}

async function recordStop(ending: Ending, stop: EvidenceStop): Promise<void> {
  const id = gateOrder.find((known) => known === stop.requirement) ?? null
  const reason = `${stop.requirement ?? 'the run itself'}: ${stop.what}`
  await recordEvent(ending.folder, { type: 'stopped', id, reason }, ending.now())
}

/** What the evidence repeats from the facts; each is null where the run did not get that far. */
async function provenFacts(
  folder: string,
): Promise<Pick<Evidence, 'world' | 'candidate' | 'attempt'>> {
  const run = await openRun(folder, () => undefined).catch(() => undefined)
  if (run === undefined) return { world: 'none', candidate: null, attempt: null }
  const candidate = await run.facts.read('candidate').catch(() => null)
  const attempt = await run.facts.read('attempt').catch(() => null)
  const seal = await run.facts.read('seal').catch(() => null)
  return {
    world: run.world.name,
    candidate: candidate && {
      tag: candidate.tag,
      version: candidate.version,
      commit: candidate.commit,
    },
    attempt: attempt && {
      folder: attempt.folder,
      manifestSha256: seal?.manifestSha256 ?? null,
    },
  }
}

/** The comments as they were checked, by issue; none where the run did not get that far. */
async function renderedComments(folder: string): Promise<Readonly<Record<string, string>>> {
  const run = await openRun(folder, () => undefined).catch(() => undefined)
  const comments = await run?.facts.read('comments').catch(() => undefined)
  if (comments === undefined) return {}
  const tracker = comments.tracker1038 === null ? {} : { '1038': comments.tracker1038 }
  return { '41': comments.e2e41, ...tracker }
}
