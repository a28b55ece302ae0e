import { startDaemon } from '@canary-gate/sync-engine'
import type { Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { contextOf } from './call-context.ts'
import { programOf } from './daemon-program.ts'

export async function run(call: Call): Promise<number> {
  const context = contextOf(call)
  const started = await startDaemon(context, programOf(call, context))
  const { kind, pid, port } = started
  return finish(call, 0, {
    json: { state: kind, pid, port },
    text: `The daemon ${kind === 'started' ? 'runs' : 'runs already'} (pid ${pid}, port ${port}).\n`,
  })
}
