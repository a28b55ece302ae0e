import { startDaemon, stopDaemon } from '@canary-gate/sync-engine'
import type { Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { contextOf } from './call-context.ts'
import { programOf } from './daemon-program.ts'
import { stoppedText } from './daemon-stop.ts'

export async function run(call: Call): Promise<number> {
  const context = contextOf(call)
  const stopped = await stopDaemon(context)
  const { pid, port } = await startDaemon(context, programOf(call, context))
  return finish(call, 0, {
    json: { stopped: stopped.kind, pid, port },
    text: `${stoppedText(stopped)}\nThe daemon runs (pid ${pid}, port ${port}).\n`,
  })
}
