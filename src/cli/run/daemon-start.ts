import { startDaemon } from '../../sync/index.ts'
import { flag, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { foregroundOf } from './call-context.ts'
import { launchOf } from './daemon-launch.ts'

export async function run(call: Call): Promise<number> {
  const foreground = foregroundOf(call)
  const started = await startDaemon(foreground, launchOf(call, foreground))
  const { kind, pid, port } = started
  if (flag(call, 'json')) printJson(call.io, { ok: true, state: kind, pid, port })
  else
    call.io.out(
      `The daemon ${kind === 'started' ? 'runs' : 'runs already'} (pid ${pid}, port ${port}).\n`,
    )
  return 0
}
