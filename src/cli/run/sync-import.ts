import { resolve } from 'node:path'
import { importEvents } from '../../sync/index.ts'
import { argument, flag, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { foregroundOf } from './call-context.ts'

export function run(call: Call): number {
  const { io } = call
  const file = resolve(io.cwd, argument(call, 0))
  const report = importEvents(foregroundOf(call).paths.home, file, io.now)
  if (flag(call, 'json')) printJson(io, report)
  else
    io.out(
      `${report.imported} imported, ${report.deduplicated} known already, ${report.conflicts} in conflict, ${report.quarantined} not valid\n`,
    )
  return report.conflicts + report.quarantined === 0 ? 0 : 1
}
