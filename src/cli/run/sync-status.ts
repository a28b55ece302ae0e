import { statusReport } from '../../sync/index.ts'
import { flag, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { statusText } from '../status-text.ts'
import { foregroundOf } from './call-context.ts'

export async function run(call: Call): Promise<number> {
  const report = await statusReport(foregroundOf(call), call.io.now())
  if (flag(call, 'json')) printJson(call.io, report)
  else call.io.out(statusText(report, call.io.columns))
  return flag(call, 'check') ? report.exit_code : 0
}
