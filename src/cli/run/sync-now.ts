import { closeSync, openSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  deliveryPass,
  migrate,
  modeOf,
  openForAction,
  requireTarget,
  type DrainProgress,
  type PassReport,
} from '../../sync/index.ts'
import { flag, text, type Call } from '../define.ts'
import { interruptible } from '../interrupt.ts'
import { printJson } from '../io.ts'
import { progressBar } from '../progress.ts'
import { foregroundOf } from './call-context.ts'
import { keepMemoryFlat } from './flat-memory.ts'
import { heldBack } from './migrate-text.ts'
import { countsLine, reportOf, type NowReport } from './now-report.ts'

/** Delivers what waits; what could not be delivered is named, with what to do about it. */
export async function run(call: Call): Promise<number> {
  keepMemoryFlat()
  const { io } = call
  const file = reportFile(call)
  const foreground = foregroundOf(call)
  // Without a target there is nothing to open: a refusal comes before any database and any socket.
  if (modeOf(foreground).delivery === 'teamspace') requireTarget(foreground)
  openForAction(foreground)
  const moved = migrate(foreground, { now: io.now })
  const bar = progressBar(io, 'events answered')
  const onProgress = (step: DrainProgress): void => {
    if (step.kind === 'recorded') bar.add(step.judged.length)
  }
  const how = { now: io.now, retries: 'all', whenHeld: 'wait', onProgress } as const
  const pass = await interruptible(io, (signal) => deliveryPass(foreground, { ...how, signal }))
  bar.end()
  const report = reportOf(pass, moved, io.now())
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
  if (flag(call, 'json')) printJson(io, report)
  else io.out(`${story(pass, report, heldBack(moved, foreground))}${countsLine(report.summary)}\n`)
  const isStrict = call.options['strict'] !== false
  return isStrict && !report.ok ? 1 : 0
}

/** A report that cannot be written is refused before anything is sent, not after it. */
function reportFile(call: Call): string | undefined {
  const named = text(call, 'report')
  if (named === undefined) return undefined
  const file = resolve(call.io.cwd, named)
  closeSync(openSync(file, 'a'))
  return file
}

function story({ delivery, bodies }: PassReport, report: NowReport, held: string[]): string {
  const lines: string[] = []
  if (delivery === undefined) lines.push('Nothing is sent: the mode keeps events on this machine.')
  else if (report.stopped !== null)
    lines.push(`Stopped: ${report.stopped.what}`, `  next: ${report.stopped.next}`)
  if (bodies !== undefined) lines.push(...documents(bodies))
  lines.push(...leftovers(report), ...held)
  lines.push(
    isEmpty(report) && held.length === 0
      ? 'Nothing is left to deliver.'
      : `${report.undelivered ?? 0} event(s) are not delivered yet.`,
  )
  return `${lines.join('\n')}\n`
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

/** Nothing is left only if nothing is: no event, no document, and nothing in any old queue. */
function isEmpty({ undelivered, stopped, bodies, migration }: NowReport): boolean {
  return (
    undelivered === 0 &&
    stopped === null &&
    (bodies?.waiting ?? 0) === 0 &&
    migration.conflicts === 0 &&
    migration.sourceErrors.length === 0 &&
    migration.divergentDocuments === 0
  )
}
