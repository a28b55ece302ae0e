import { listOrphans, retireOrphans, type OrphanReport } from '@canary-gate/sync-engine'
import { flag, type Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { contextOf } from './call-context.ts'

export async function run(call: Call): Promise<number> {
  const context = contextOf(call)
  const isRetired = flag(call, 'retire')
  const report = isRetired ? await retireOrphans(context) : await listOrphans(context)
  const { records, processes, pythonDaemons, unreadable } = report
  const count =
    records.length + processes.length + pythonDaemons.length + (unreadable === null ? 0 : 1)
  return finish(call, count === 0 ? 0 : 1, {
    json: { count, ...report },
    text: textOf(report, count, isRetired),
  })
}

const RETIRE = 'spec-kitty doctor orphan-daemons --retire'

/** @param isRetired whether they were just asked to go; who is left then is ended by hand */
function textOf(report: OrphanReport, count: number, isRetired: boolean): string {
  if (count === 0) return 'There are no orphan daemons.\n'
  const { records, unreadable, unreadableRemedy, processes, pythonDaemons } = report
  const lines = records.map(
    ({ pid, started_at, reason }) => `record of pid ${pid}, started ${started_at}: ${reason}`,
  )
  if (unreadable !== null)
    lines.push(
      `the owner record cannot be read: ${unreadable}`,
      `  next: ${unreadableRemedy ?? RETIRE}`,
    )
  for (const pid of processes)
    lines.push(`process ${pid} runs without a record${isRetired ? `; end it: kill ${pid}` : ''}`)
  for (const { pid, port } of pythonDaemons)
    lines.push(
      port === null
        ? `process ${pid} is a daemon of the Python generation that cannot be asked; end it: kill ${pid}`
        : `process ${pid} is a daemon of the Python generation, port ${port}`,
    )
  const isAskable = pythonDaemons.some(({ port }) => port !== null)
  if (!isRetired && (records.length + processes.length > 0 || isAskable))
    lines.push(`retire them: ${RETIRE}`)
  return `${lines.join('\n')}\n`
}
