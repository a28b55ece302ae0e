import {
  migrate,
  previewMigration,
  resolveConflicts,
  type Decision,
  type CommandContext,
  type MigrationReport,
  type ResolveReport,
} from '@canary-gate/sync-engine'
import { flag, text, usage, type Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { contextOf } from './call-context.ts'
import { divergentDocuments, migrateText } from './migrate-text.ts'

/** Moves queued work to its proper place, after deciding conflicts if asked to. */
export function run(call: Call): number {
  refuseIdleSelection(call)
  const context = contextOf(call)
  const decision = text(call, 'resolve')
  const resolved = decision === undefined ? undefined : decide(call, context, decision as Decision)
  const report = flag(call, 'dryRun') ? previewMigration(context) : moveAll(call, context)
  // Rows that are no event are named and stay; there was nothing to move.
  const held = report.conflicts + report.sourceErrors.length + divergentDocuments(report)
  return finish(call, held > 0 ? 1 : 0, {
    json: jsonOf(report, resolved),
    text: migrateText(report, resolved, context),
  })
}

/** A choice of conflicts without a decision, or a decision that is not to be taken, says too little. */
function refuseIdleSelection(call: Call): void {
  if (text(call, 'resolve') !== undefined) {
    if (!flag(call, 'dryRun')) return
    throw usage(
      call,
      '--dry-run decides nothing; look without --resolve, then decide without --dry-run',
    )
  }
  const isChosen = text(call, 'event') !== undefined || text(call, 'source') !== undefined
  if (isChosen || flag(call, 'all'))
    throw usage(call, '--event, --source and --all say what to --resolve; add a decision')
}

function decide(call: Call, context: CommandContext, decision: Decision): ResolveReport {
  const eventId = text(call, 'event')
  if (eventId === undefined && !flag(call, 'all'))
    throw usage(call, '--resolve needs --event <id> or --all')
  const source = text(call, 'source')
  return resolveConflicts(context.paths, { decision, eventId, source, now: call.io.now })
}

function moveAll({ io }: Call, context: CommandContext): MigrationReport {
  const onProgress = ({ rows }: { rows: number }): void => io.progress.count(rows, 'rows migrated')
  return migrate(context, { now: io.now, onProgress })
}

function jsonOf(report: MigrationReport, resolved: ResolveReport | undefined): object {
  return resolved === undefined ? report : { ...report, resolved }
}
