import { collectGarbage } from '../../sync/index.ts'
import { flag, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { nothingCollectable } from './retention-text.ts'
import { foregroundOf } from './call-context.ts'

export function run(call: Call): number {
  const options = { now: call.io.now, dryRun: flag(call, 'dryRun') }
  const report = collectGarbage(foregroundOf(call).paths.home, options)
  if (flag(call, 'json')) printJson(call.io, report)
  else if (report.removed === 0) call.io.out(nothingCollectable(report.targets))
  else
    call.io.out(
      `${report.removed} payload(s), ${report.bytes} bytes ${report.dryRun ? 'would be' : 'were'} removed; the ledger stays.\n`,
    )
  return 0
}
