import { startDaemon, stopDaemon } from '../../sync/index.ts'
import { flag, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { foregroundOf } from './call-context.ts'
import { launchOf } from './daemon-launch.ts'
import { stoppedText } from './daemon-stop.ts'

export async function run(call: Call): Promise<number> {
  const foreground = foregroundOf(call)
  const stopped = await stopDaemon(foreground)
  if (!flag(call, 'json')) call.io.out(`${stoppedText(stopped)}\n`)
  const { pid, port } = await startDaemon(foreground, launchOf(call, foreground))
  if (flag(call, 'json')) printJson(call.io, { ok: true, stopped: stopped.kind, pid, port })
  else call.io.out(`The daemon runs (pid ${pid}, port ${port}).\n`)
  return 0
}
