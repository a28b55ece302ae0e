import {
  askDaemon,
  readOwner,
  startObstacle,
  withoutToken,
  type Foreground,
} from '../../sync/index.ts'
import { flag, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { foregroundOf } from './call-context.ts'

export async function run(call: Call): Promise<number> {
  const foreground = foregroundOf(call)
  const owner = readOwner(foreground.paths.owner)
  const answer = owner.kind === 'present' ? (await askDaemon(owner.record)).kind : null
  const isRunning = answer === 'proven'
  const record = 'record' in owner ? withoutToken(owner.record) : null
  if (flag(call, 'json'))
    printJson(call.io, { running: isRunning, record: owner.kind, health: answer, owner: record })
  else if (isRunning && record !== null)
    call.io.out(`The daemon runs and proves itself (pid ${record.pid}, port ${record.port}).\n`)
  else call.io.out(`No daemon runs (record: ${owner.kind}). ${howToStart(foreground)}\n`)
  return isRunning ? 0 : 1
}

/** What has to be set right first stands in the place of a start that would be refused. */
function howToStart(foreground: Foreground): string {
  const obstacle = startObstacle(foreground)
  return obstacle === undefined
    ? 'Start it: spec-kitty sync daemon restart'
    : `None can start: ${obstacle.what}; ${obstacle.next}`
}
