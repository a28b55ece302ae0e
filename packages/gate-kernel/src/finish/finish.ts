import { basename } from 'node:path'
import { type Gate, publishedRows, type RunSummary } from '../definition/gate.ts'
import type { WaiverSource } from '../definition/waivers.ts'
import { notificationOf, notificationWithoutVerdict } from '../notify/notification.ts'
import { notify, type Notified, type Notifier } from '../notify/notifier.ts'
import { publish, type PublishOptions } from '../publication/publish.ts'
import { type PublicationRecord, readRecord } from '../publication/record.ts'
import type { PageParts } from '../page/page.ts'
import { readWrites } from '../publication/writes.ts'
import { conclude, type PublicationOutcome } from '../report/conclude.ts'
import { DRY_RUN, isProvenOnly } from '../evidence/headline.ts'
import type { Evidence, EvidenceStop } from '../evidence/run-evidence.ts'
import { againCommand, withCommands, withNext } from '../report/next-command.ts'
import type { RunObservation } from '../report/observation.ts'
import { type RunVerdict, verdictOfRun } from '../report/run-verdict.ts'
import { waivedLines } from '../evidence/waived-lines.ts'
import { writeReports } from '../report/write.ts'
import { resumeCommand } from '../resume/command.ts'
import { gateSourceOf } from './gate-source.ts'
import { gateDigest } from '../resume/gate-digest.ts'
import { leaveRecord } from '../resume/record.ts'
import { announceVerdict } from '../run/begin.ts'
import { giveBack } from '../run/ground.ts'
import { openRun } from '../run/run.ts'
import { readHistory, recordEvent } from '../state/history.ts'
import { commandLine, type RunManner } from '../stop/remedy.ts'
import { stopReportOf } from '../stop/stop-report.ts'
import { inconclusive } from '../stop/verdict.ts'
import { isAttested } from '../attestation/attest.ts'
import { attestRun } from './attest-run.ts'
import { readPassed, recordPassed, requireSameGate } from './passed-run.ts'
import { settleWaivers } from './waivers.ts'
import { writesOf } from './writes.ts'
import { lookAgain } from './last-look.ts'
import { outcomeOf, publishedEvents } from './publication-outcome.ts'

/** How a run is ended: its folder, the clock, and how it is published. */
export interface RunEnd {
  readonly gate: Gate
  /** Folder of all runs. */
  readonly artifacts: string
  /** Folder of this run. */
  readonly folder: string
  readonly now: () => Date
  /** Digest of the gate that proved the run; taken at its end where it is left out. */
  readonly gateSha256?: string | undefined
  /** File of the world's configuration; undefined for a world that was made for this run. */
  readonly configuration?: string | undefined
  /** Of the configured world, as it was read before a program could change anything. */
  readonly waivers?: WaiverSource | undefined
  /** Of the configured world; a run whose world was never written down has no other. */
  readonly notifier?: Notifier | undefined
  /** Passed on to the publication; specs only. */
  readonly publishOptions?: PublishOptions
  /** Tells the operator what the publication is doing. */
  readonly progress: (message: string) => void
}

export interface Finished {
  readonly evidence: Evidence
  /** Path of evidence.json. */
  readonly file: string
  /** What became of the notification, where the world names a notifier. */
  readonly notified?: Notified
}

/**
 * The end of a run, in this order: judge, publish if everything passed, record the state, write the
 * reports, name the run as the newest one with a verdict.
 */
export async function finishRun(
  end: RunEnd & { readonly startedAt: Date; readonly observation: RunObservation },
): Promise<Finished> {
  return notifying(end, () => finish(end))
}

async function finish({
  gateSha256,
  ...run
}: RunEnd & { readonly startedAt: Date; readonly observation: RunObservation }): Promise<Finished> {
  const end = { ...run, gateSha256: gateSha256 ?? (await gateDigest(run.gate)) }
  const verdict = verdictOfRun(end.gate, end.observation)
  await giveBack(end.folder, 'publication')
  // A broken publication does not stop the state machine: `publish --resume` walks on from there.
  if (verdict.stop !== null && !isProvenOnly(verdict)) await recordStop(end, verdict.stop)
  if (!verdict.publishable) return report(end, verdict, { status: 'withheld' }, end.startedAt)
  await recordPassed(end.folder, verdict, end.startedAt, end.gateSha256)
  return report(end, verdict, await publishRun(end), end.startedAt)
}

/**
 * Completes a publication that broke, or whose process died. What was written is found again, so
 * that nothing is written twice.
 *
 * @throws GateStop if the run never passed: there is nothing that may be published
 */
export async function resumePublication(end: RunEnd): Promise<Finished> {
  return notifying(end, () => completePublication(end))
}

/** Tells whom the world names how it ended, also where it did not come to a verdict. */
async function notifying(end: RunEnd, work: () => Promise<Finished>): Promise<Finished> {
  const run = await openRun(end.gate, end.folder, () => undefined).catch(() => undefined)
  const notifier = end.notifier ?? (run === undefined ? undefined : end.gate.notifier(run.world))
  if (notifier === undefined) return work()
  const place = { artifacts: end.artifacts, cwd: end.gate.root }
  try {
    const finished = await work()
    const notification = notificationOf(end.gate.title, finished.evidence, finished.file)
    return { ...finished, notified: notify(notifier, notification, place) }
  } catch (error) {
    const what = `the run could not be ended: ${stopReportOf(error).what}`
    const { title } = end.gate
    const told = notificationWithoutVerdict(title, 'no-verdict', what, end.now(), end.folder)
    end.progress(notify(notifier, told, place).text)
    throw error
  }
}

async function completePublication(end: RunEnd): Promise<Finished> {
  const passed = await readPassed(end.gate, end.folder)
  if (passed === undefined) {
    throw inconclusive({
      code: 'nothing-to-publish',
      cause: 'environment',
      what: 'this run did not pass every requirement, so nothing of it may be published',
      where: end.folder,
      next: 'run the gate',
      command: ['run'],
    })
  }
  if (await isAttested(end.folder)) throw completeAlready(end.folder)
  const gateSha256 = await requireSameGate(end.gate, end.folder, passed)
  const { requirements, startedAt } = passed
  const verdict: RunVerdict = { requirements, stop: null, weakenings: [], publishable: true }
  return report({ ...end, gateSha256 }, verdict, await publishRun(end), new Date(startedAt))
}

const completeAlready = (folder: string): Error =>
  inconclusive({
    code: 'nothing-to-publish',
    cause: 'environment',
    what: 'the publication of this run is complete, and its verdict is attested',
    where: folder,
    next: 'read its evidence',
    command: ['report', basename(folder)],
  })

/** Publishes, looks at everything once more, and carries the state forward along what was read back. */
async function publishRun(end: RunEnd): Promise<PublicationOutcome> {
  try {
    const run = await openRun(end.gate, end.folder, end.progress)
    const changed = await lookAgain(end.gate, run)
    if (changed !== undefined) return changed
    const steps = publishedRows(end.gate).map((row) => row.publish)
    const readBackAfterMs = end.gate.readBackAfterMs(run)
    const record = await publish(run, steps, { readBackAfterMs, ...end.publishOptions })
    const isWritten = record.outcome === 'complete'
    const changedSince = isWritten ? await lookAgain(end.gate, run, 'after') : undefined
    await advance(end, record, changedSince === undefined)
    return changedSince ?? outcomeOf(end.gate, record, basename(end.folder))
  } catch (error) {
    return brokenBy(end, error)
  }
}

/** What was published before it broke is told, as far as the record can still be read. */
async function brokenBy(end: RunEnd, error: unknown): Promise<PublicationOutcome> {
  const runId = basename(end.folder)
  const stop = stopReportOf(error)
  const record = await readRecord(end.folder).catch(() => null)
  if (record !== null) return outcomeOf(end.gate, { ...record, outcome: 'broken', stop }, runId)
  const command = ['publish', '--resume', runId]
  const at = publishedRows(end.gate)[0]?.id ?? ''
  return { status: 'broken', record, comments: [], at, stop: { ...stop, next: '', command } }
}

async function advance(end: RunEnd, record: PublicationRecord, isProven: boolean): Promise<void> {
  const { state } = await readHistory(end.gate, end.folder)
  for (const step of publishedEvents(end.gate, record, { state, isProven }))
    await recordEvent(end.gate, end.folder, { type: 'published', step }, end.now())
}

async function report(
  end: RunEnd & { readonly gateSha256: string },
  verdict: RunVerdict,
  publication: PublicationOutcome,
  startedAt: Date,
): Promise<Finished> {
  await giveBack(end.folder, 'reports')
  const summary = await summaryOf(end)
  const source = await gateSourceOf(end.gate)
  const manner = mannerOf(end, verdict)
  const judged: Evidence = {
    schemaVersion: 1,
    runId: basename(end.folder),
    ...withCommands(conclude(end.gate, verdict, publication), manner),
    state: (await readHistory(end.gate, end.folder)).state,
    startedAt: startedAt.toISOString(),
    finishedAt: end.now().toISOString(),
    weakenings: [...verdict.weakenings],
    ...summary.of,
    gateSha256: end.gateSha256,
    ...(source !== undefined && { gateSource: source }),
    writes: await readWrites(end.folder),
  }
  const settled = await settleWaivers(end.gate, end.waivers, end.folder, judged)
  const proven: Evidence = { ...judged, ...settled }
  const again = againCommand(proven, manner)
  const resume = resumeCommand(end.gate, proven, manner)
  const evidence = {
    ...(isProvenOnly(proven) ? withNext(proven, resume) : proven),
    ...(again !== undefined && { again: commandLine(again) }),
    ...(resume !== undefined && { resume: commandLine(resume) }),
    ...(isProvenOnly(proven) ? {} : thenOf(resume ?? again)),
  }
  const page = await pageOf(end, evidence)
  const file = await writeReports(end.folder, evidence, page, draftsOf(evidence, summary.drafts))
  await leaveRecord(end.gateSha256, end.folder, evidence)
  // A broken publication goes on in `publish --resume`; the run is attested when that has ended.
  if (publication.status !== 'broken') await attestRun(end, evidence)
  await announceVerdict(end.artifacts, evidence.runId)
  return { evidence, file }
}

/** After a dry run that stopped the next one is dry, too; after one that proved everything it is not. */
function mannerOf({ configuration, gate }: RunEnd, verdict: RunVerdict): RunManner {
  const isDry = verdict.weakenings.some(({ code }) => code === DRY_RUN)
  const examines = gate.examine !== undefined
  return { configuration, dryRun: isDry && !isProvenOnly(verdict), gate: gate.folder, examines }
}

/** What would have been published is never to be taken for a pass. */
function draftsOf(evidence: Evidence, drafts: Summary['drafts']): Summary['drafts'] {
  if (evidence.verdict !== 'waived') return drafts
  const first = `> **${waivedLines(evidence).join(' ')}** This text was not published.\n\n`
  return Object.fromEntries(Object.entries(drafts).map(([name, text]) => [name, first + text]))
}

/** A page that cannot be filled is no reason to lose the verdict: it shows the evidence alone. */
async function pageOf(end: RunEnd, evidence: Evidence): Promise<PageParts> {
  const run = await openRun(end.gate, end.folder, () => undefined).catch(() => undefined)
  const content = await end.gate.page(run, evidence).catch(() => end.gate.page(undefined, evidence))
  return { ...content, writes: writesOf(evidence) }
}

async function recordStop(end: RunEnd, stop: EvidenceStop): Promise<void> {
  const id = end.gate.order.find((known) => known === stop.requirement) ?? null
  const reason = `${stop.requirement ?? 'the run itself'}: ${stop.what}`
  await recordEvent(end.gate, end.folder, { type: 'stopped', id, reason }, end.now())
}

/** What to type afterwards: the cheaper way, where there is one. */
function thenOf(command: readonly string[] | undefined): Pick<Evidence, 'then'> {
  return command === undefined ? {} : { then: [...command] }
}

interface Summary {
  /** Part of the evidence. */
  readonly of: Pick<Evidence, 'world' | 'candidate' | 'attempt' | 'repeated'>
  readonly drafts: Readonly<Record<string, string>>
}

/** What the evidence repeats of the facts; each is null where the run did not get that far. */
async function summaryOf({ gate, folder }: RunEnd): Promise<Summary> {
  const run = await openRun(gate, folder, () => undefined).catch(() => undefined)
  if (run === undefined)
    return { of: { world: 'none', candidate: null, attempt: null }, drafts: {} }
  const summary: RunSummary = await gate.summary(run).catch(() => ({}))
  const { world = gate.title, candidate = null, attempt = null, drafts = {}, repeated } = summary
  const isRepeated = repeated !== undefined && repeated.length > 0
  return { of: { world, candidate, attempt, ...(isRepeated && { repeated }) }, drafts }
}
