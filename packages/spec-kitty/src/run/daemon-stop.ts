import { stopDaemon, type Stopped } from '@canary-gate/sync-engine'
import type { Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { contextOf } from './call-context.ts'

export async function run(call: Call): Promise<number> {
  const stopped = await stopDaemon(contextOf(call))
  return finish(call, 0, {
    json: { ...stopped, kind: undefined, state: stopped.kind },
    text: `${stoppedText(stopped)}\n`,
  })
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
