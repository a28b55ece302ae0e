import { statusReport } from '@canary-gate/sync-engine'
import { flag, type Call } from '../command/define.ts'
import { printJson } from '../command/io.ts'
import { statusText } from './status-text.ts'
import { contextOf } from './call-context.ts'

export async function run(call: Call): Promise<number> {
  const report = await statusReport(contextOf(call), call.io.now())
  if (flag(call, 'json')) printJson(call.io, report)
  else call.io.out(statusText(report, call.io.columns))
  return flag(call, 'check') ? report.exit_code : 0
}
