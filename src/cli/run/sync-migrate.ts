import {
  migrate,
  previewMigration,
  resolveConflicts,
  type Decision,
  type Foreground,
  type MigrationReport,
  type ResolveReport,
} from '../../sync/index.ts'
import { flag, text, usage, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { progressBar } from '../progress.ts'
import { foregroundOf } from './call-context.ts'

/** Moves queued work to its proper place, after deciding conflicts if asked to. */
export function run(call: Call): number {
  refuseIdleSelection(call)
  const foreground = foregroundOf(call)
  const decision = text(call, 'resolve')
  const resolved =
    decision === undefined ? undefined : decide(call, foreground, decision as Decision)
  const report = flag(call, 'dryRun') ? previewMigration(foreground) : moveAll(call, foreground)
  if (flag(call, 'json')) printJson(call.io, jsonOf(report, resolved))
  else call.io.out(textOf(report, resolved))
  return report.conflicts > 0 || report.sourceErrors.length > 0 ? 1 : 0
}

/** A choice of conflicts without a decision would otherwise be looked over in silence. */
function refuseIdleSelection(call: Call): void {
  if (text(call, 'resolve') !== undefined) return
  const isChosen = text(call, 'event') !== undefined || text(call, 'source') !== undefined
  if (isChosen || flag(call, 'all'))
    throw usage(call, '--event, --source and --all say what to --resolve; add a decision')
}

function decide(call: Call, foreground: Foreground, decision: Decision): ResolveReport {
  const eventId = text(call, 'event')
  if (eventId === undefined && !flag(call, 'all'))
    throw usage(call, '--resolve needs --event <id> or --all')
  const source = text(call, 'source')
  return resolveConflicts(foreground.paths, { decision, eventId, source, now: call.io.now })
}

function moveAll({ io }: Call, foreground: Foreground): MigrationReport {
  const bar = progressBar(io, 'rows migrated')
  try {
    return migrate(foreground, { now: io.now, onProgress: ({ rows }) => bar.add(rows) })
  } finally {
    bar.end()
  }
}

function jsonOf(report: MigrationReport, resolved: ResolveReport | undefined): object {
  return resolved === undefined ? report : { ...report, resolved }
}

function textOf(report: MigrationReport, resolved: ResolveReport | undefined): string {
  const lines: string[] = []
  if (resolved !== undefined) lines.push(...resolvedText(resolved))
  const verb = report.dryRun ? 'would be imported' : 'imported'
  for (const source of report.sources)
    lines.push(
      `${source.path}  (${source.shape}, scope ${source.scope}): ${source.state}`,
      `  events: ${source.events.imported} ${verb}, ${source.events.deduplicated} known already, ${source.events.conflicts} in conflict, ${source.events.unreadable} unreadable`,
      `  documents: ${source.bodies.imported} ${verb}, ${source.bodies.deduplicated} known already, ${source.bodies.waiting} wait for a login`,
    )
  lines.push(...heldBack(report))
  for (const { path, problem, remedy } of report.sourceErrors)
    lines.push(`${path}: ${problem}`, `  next: ${remedy}`)
  if (report.conflicts > 0)
    lines.push(
      `${report.conflicts} event(s) exist with two different contents; both are kept.`,
      '  next: spec-kitty sync migrate --resolve keep-existing --all',
      '  or:   spec-kitty sync migrate --resolve take-incoming --event <id>',
    )
  if (report.sources.length === 0 && report.sourceErrors.length === 0)
    lines.push('There is no queue database to migrate.')
  lines.push(
    'Only what was still queued can be migrated; what an older version delivered, it deleted.',
  )
  return `${lines.join('\n')}\n`
}

/** Rows that this run could not move, with what can be done about them. */
export function heldBack({ sources }: Pick<MigrationReport, 'sources'>): string[] {
  const lines: string[] = []
  for (const { path, events, bodies, failureLog } of sources) {
    if (bodies.waiting + failureLog.waiting > 0)
      lines.push(
        `${path}: ${bodies.waiting + failureLog.waiting} document(s) wait for a login`,
        '  next: spec-kitty auth login --headless',
      )
    if (events.unreadable > 0)
      lines.push(
        `${path}: ${events.unreadable} row(s) hold no event and stay`,
        '  next: spec-kitty sync status --check (it says how to move the file out of the way)',
      )
  }
  return lines
}

function resolvedText({ resolved, refused, refusedCount }: ResolveReport): string[] {
  const lines = [`${resolved} conflict(s) decided.`]
  if (refusedCount > 0) lines.push(`${refusedCount} conflict(s) could not be decided this way:`)
  for (const { eventId, why } of refused) lines.push(`  ${eventId}: ${why}`)
  return lines
}
