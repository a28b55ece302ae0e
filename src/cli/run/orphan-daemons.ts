import { listOrphans, retireOrphans, type OrphanReport } from '../../sync/index.ts'
import { flag, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { foregroundOf } from './call-context.ts'

export async function run(call: Call): Promise<number> {
  const foreground = foregroundOf(call)
  const report = flag(call, 'retire') ? await retireOrphans(foreground) : listOrphans(foreground)
  const { records, processes, pythonDaemons, unreadable } = report
  const count =
    records.length + processes.length + pythonDaemons.length + (unreadable === null ? 0 : 1)
  if (flag(call, 'json')) printJson(call.io, { count, ...report })
  else call.io.out(textOf(report, count))
  return count === 0 ? 0 : 1
}

function textOf(report: OrphanReport, count: number): string {
  if (count === 0) return 'There are no orphan daemons.\n'
  const lines = report.records.map(
    ({ pid, started_at, reason }) => `record of pid ${pid}, started ${started_at}: ${reason}`,
  )
  if (report.unreadable !== null)
    lines.push(`the owner record cannot be read: ${report.unreadable}`)
  for (const pid of report.processes) lines.push(`process ${pid} runs without a record`)
  for (const { pid, port } of report.pythonDaemons)
    lines.push(
      port === null
        ? `process ${pid} is a daemon of the Python generation that cannot be asked; end it: kill ${pid}`
        : `process ${pid} is a daemon of the Python generation, port ${port}`,
    )
  lines.push('retire them: spec-kitty doctor orphan-daemons --retire')
  return `${lines.join('\n')}\n`
}
