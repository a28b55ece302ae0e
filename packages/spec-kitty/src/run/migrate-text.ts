import {
  AFTER_UPLOAD,
  commandOrRemark,
  migrateAfterLogin,
  type CommandContext,
  type MigrationReport,
  type ResolveReport,
} from '@canary-gate/sync-engine'

/** Documents that cannot move while another text waits under their key. */
export function divergentDocuments({ sources }: Pick<MigrationReport, 'sources'>): number {
  return sources.reduce((sum, { bodies }) => sum + bodies.divergent, 0)
}

/** Everything of old queues that a person has to decide about or to move out of the way. */
export function strandedRows(report: MigrationReport): number {
  const unreadable = report.sources.reduce((sum, { events }) => sum + events.unreadable, 0)
  return report.conflicts + report.sourceErrors.length + divergentDocuments(report) + unreadable
}

/** What a migration did, or would do, and what is left for a person to do. */
export function migrateText(
  report: MigrationReport,
  resolved: ResolveReport | undefined,
  context: CommandContext,
): string {
  const lines: string[] = []
  if (resolved !== undefined) lines.push(...resolvedText(resolved))
  const verb = report.dryRun ? 'would be imported' : 'imported'
  for (const source of report.sources)
    lines.push(
      `${source.path}  (${source.shape}, scope ${source.scope}): ${source.state}`,
      `  events: ${source.events.imported} ${verb}, ${source.events.deduplicated} known already, ${source.events.conflicts} in conflict, ${source.events.unreadable} unreadable`,
      `  documents: ${source.bodies.imported} ${verb}, ${source.bodies.deduplicated} known already, ${source.bodies.waiting} wait for a login`,
    )
  lines.push(...heldBack(report, context))
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
export function heldBack(
  { sources }: Pick<MigrationReport, 'sources'>,
  context: CommandContext,
): string[] {
  const lines: string[] = []
  for (const { path, events, bodies, failureLog } of sources) {
    if (bodies.waiting + failureLog.waiting > 0)
      lines.push(
        `${path}: ${bodies.waiting + failureLog.waiting} document(s) wait for a login`,
        `  next: ${commandOrRemark(migrateAfterLogin(context))}`,
      )
    if (bodies.divergent > 0)
      lines.push(
        `${path}: ${bodies.divergent} document(s) differ from one that waits under the same key`,
        `  next: ${AFTER_UPLOAD} (they move once the others are uploaded)`,
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
