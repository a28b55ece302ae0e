import { closeSync, openSync, writeFileSync } from 'node:fs'
import {
  allowCommand,
  deliveryPass,
  isDelivering,
  migrate,
  modeOf,
  openForAction,
  openJournal,
  requireTarget,
  type CommandContext,
  type DrainProgress,
  type PassReport,
} from '@canary-gate/sync-engine'
import { flag, newFile, text, type Call } from '../command/define.ts'
import { inOneSpelling } from '../command/finish.ts'
import { interruptible } from '../command/interrupt.ts'
import { printJson } from '../command/io.ts'
import { agreeFor, contextOf, projectHere } from './call-context.ts'
import { documentsLine, streamLine } from './consent-text.ts'
import { keepMemoryFlat } from './flat-memory.ts'
import { heldBack } from './migrate-text.ts'
import { countsLine, reportOf, type NowReport } from './now-report.ts'
import { preview } from './now-preview.ts'

/** Delivers what waits; what could not be delivered is named, with what to do about it. */
export async function run(call: Call): Promise<number> {
  keepMemoryFlat()
  const { io } = call
  const context = contextOf(call)
  if (flag(call, 'dryRun')) return preview(call, context)
  const file = reportFile(call)
  // Without a target there is nothing to open: a refusal comes before any database and any socket.
  if (modeOf(context).delivery === 'teamspace') requireTarget(context)
  openForAction(context)
  agreeHere(call, context)
  const moved = migrate(context, {
    now: io.now,
    onProgress: ({ rows }) => io.progress.count(rows, 'rows migrated'),
  })
  const onProgress = (step: DrainProgress): void => {
    if (step.kind === 'recorded') io.progress.count(step.events.length, 'events answered')
  }
  const how = { now: io.now, retries: 'all', whenHeld: 'wait', onProgress } as const
  const pass = await interruptible(io, (signal) => deliveryPass(context, { ...how, signal }))
  const report = reportOf(pass, moved, io.now())
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(inOneSpelling(report), null, 2)}\n`)
  if (flag(call, 'json')) printJson(io, inOneSpelling(report) as object)
  else io.out(`${story(pass, report, heldBack(moved, context))}${countsLine(report.summary)}\n`)
  const isStrict = call.options['strict'] !== false
  return isStrict && !report.ok ? 1 : 0
}

/** Asking for a delivery in a project agrees for it, where nobody decided before. */
function agreeHere(call: Call, context: CommandContext): void {
  const project = projectHere(call)
  if (project === undefined || !isDelivering(context)) return
  const journal = openJournal({ home: context.paths.home, now: call.io.now, frees: true })
  try {
    agreeFor(call, context, project, journal)
  } finally {
    journal.close()
  }
}

/** A report that cannot be written is refused before anything is sent, not after it. */
function reportFile(call: Call): string | undefined {
  const named = text(call, 'report')
  if (named === undefined) return undefined
  const file = newFile(call, named)
  closeSync(openSync(file, 'a'))
  return file
}

function story(
  { delivery, bodies, waiting, account }: PassReport,
  report: NowReport,
  held: string[],
): string {
  const lines: string[] = []
  if (delivery === undefined) lines.push('Nothing is sent: the mode keeps events on this machine.')
  else if (report.stopped !== null)
    lines.push(`Stopped: ${report.stopped.what}`, `  next: ${report.stopped.next}`)
  if (bodies !== undefined) lines.push(...documents(bodies))
  if (report.failed_for_good > 0)
    lines.push(
      `${report.failed_for_good} event(s) were refused for good; later events of their aggregates go on without them.`,
      '  next: spec-kitty sync failed list',
    )
  lines.push(...leftovers(report), ...held)
  if (report.events_lost !== null)
    lines.push(report.events_lost, '  next: spec-kitty doctor journal --repair')
  for (const stream of waiting)
    lines.push(
      `${streamLine(stream)}: nobody agreed to send it`,
      `  next: ${allowCommand(stream, account)}`,
    )
  for (const group of bodies?.forConsent ?? [])
    lines.push(
      `${documentsLine(group)}: nobody agreed to send it`,
      `  next: ${allowCommand(group, account)}`,
    )
  lines.push(
    report.ending.word === 'delivered' && held.length === 0
      ? `Nothing ${report.events_lost === null ? '' : 'of what is there '}is left to deliver.`
      : leftText(delivery, report, waiting),
  )
  return `${lines.join('\n')}\n`
}

/** The sum and its parts, so that no count beside it says something else. */
function leftText(
  delivery: PassReport['delivery'],
  report: NowReport,
  waiting: PassReport['waiting'],
): string {
  const { undelivered } = report
  if (delivery === undefined || undelivered === null) return 'Events stay on this machine.'
  const { pending, rejected, transient, untried } = delivery.counts
  const forConsent = waiting.reduce((sum, { tried = 0 }) => sum + tried, 0)
  const parts = [
    [pending, 'taken by the server and not confirmed'],
    [rejected + transient - forConsent, 'to be sent again'],
    [forConsent, 'not taken, and waiting for a consent'],
    [report.failed_for_good, 'refused for good'],
    [untried, 'not sent'],
  ] as const
  if (undelivered === 0) return 'No event waits.'
  const told = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  const which = told.length === 0 ? '' : `: ${told.join(', ')}`
  return `${undelivered} event(s) are not delivered yet${which}.`
}

/** What became of the documents; nothing where there were none. */
function documents(bodies: NonNullable<PassReport['bodies']>): string[] {
  const { stored, alreadyThere, failed, waiting, stopped } = bodies
  if (stored + alreadyThere + failed + waiting === 0) return []
  const counts = `Documents: ${stored} stored, ${alreadyThere} already there, ${waiting} wait, ${failed} refused`
  const why =
    stopped === undefined
      ? []
      : [`Documents stopped: ${stopped}`, '  next: run: spec-kitty sync now (once that is over)']
  return [counts, ...why]
}

/** What the drain could not even see, with the command that changes it. */
function leftovers({ migration }: NowReport): string[] {
  const lines: string[] = []
  if (migration.imported > 0) lines.push(`${migration.imported} event(s) came from old queues.`)
  if (migration.conflicts > 0)
    lines.push(
      `${migration.conflicts} event(s) exist with two different contents.`,
      '  next: spec-kitty sync migrate --resolve keep-existing --all',
    )
  for (const { path, problem, remedy } of migration.sourceErrors)
    lines.push(`${path}: ${problem}`, `  next: ${remedy}`)
  return lines
}
