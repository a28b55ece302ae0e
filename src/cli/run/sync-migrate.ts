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
import { divergentDocuments, migrateText } from './migrate-text.ts'

/** Moves queued work to its proper place, after deciding conflicts if asked to. */
export function run(call: Call): number {
  refuseIdleSelection(call)
  const foreground = foregroundOf(call)
  const decision = text(call, 'resolve')
  const resolved =
    decision === undefined ? undefined : decide(call, foreground, decision as Decision)
  const report = flag(call, 'dryRun') ? previewMigration(foreground) : moveAll(call, foreground)
  if (flag(call, 'json')) printJson(call.io, jsonOf(report, resolved))
  else call.io.out(migrateText(report, resolved, foreground))
  const held = report.conflicts + report.sourceErrors.length + divergentDocuments(report)
  return held > 0 ? 1 : 0
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
