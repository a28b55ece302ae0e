import {
  askDaemon,
  readOwner,
  remedyText,
  saysDiskFull,
  startObstacle,
  withoutToken,
  type CommandContext,
} from '@canary-gate/sync-engine'
import type { Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { contextOf } from './call-context.ts'

export async function run(call: Call): Promise<number> {
  const context = contextOf(call)
  const owner = readOwner(context.paths.owner)
  const said = owner.kind === 'present' ? await askDaemon(owner.record) : null
  const answer = said?.kind ?? null
  const isDiskFull = said !== null && saysDiskFull(said)
  const isRunning = answer === 'proven'
  const record = 'record' in owner ? withoutToken(owner.record) : null
  const text =
    isRunning && record !== null
      ? `The daemon runs and proves itself (pid ${record.pid}, port ${record.port}).\n${isDiskFull ? FULL : ''}`
      : answer !== null && record !== null
        ? `The daemon of the record (pid ${record.pid}, port ${record.port}) does not prove itself: ${answer}. Replace it: spec-kitty sync daemon restart\n`
        : `No daemon runs (record: ${owner.kind}). ${howToStart(context)}\n`
  const json = {
    running: isRunning,
    record: owner.kind,
    health: answer,
    disk_full: isDiskFull,
    owner: record,
  }
  return finish(call, isRunning ? 0 : 1, { json, text })
}

const FULL =
  'The disk is full: it delivers, and cannot write its log. Make space, for example: spec-kitty sync gc\n'

/** What has to be set right first stands in the place of a start that would be refused. */
function howToStart(context: CommandContext): string {
  const obstacle = startObstacle(context)
  return obstacle === undefined
    ? 'Start it: spec-kitty sync daemon restart'
    : `None can start: ${obstacle.what}; ${remedyText(obstacle.remedy)}`
}
