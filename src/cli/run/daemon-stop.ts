import { stopDaemon, type Stopped } from '../../sync/index.ts'
import { flag, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { foregroundOf } from './call-context.ts'

export async function run(call: Call): Promise<number> {
  const stopped = await stopDaemon(foregroundOf(call))
  if (flag(call, 'json'))
    printJson(call.io, { ok: true, ...stopped, kind: undefined, state: stopped.kind })
  else call.io.out(`${stoppedText(stopped)}\n`)
  return 0
}

export function stoppedText(stopped: Stopped): string {
  switch (stopped.kind) {
    case 'not-running':
      return 'No daemon runs.'
    case 'stopped':
      return `The daemon ended (pid ${stopped.pid}).`
    case 'record-removed':
      return `The record was removed: ${stopped.reason}. No process was touched.`
  }
}
