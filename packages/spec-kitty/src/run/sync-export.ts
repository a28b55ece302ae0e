import { resolve } from 'node:path'
import { exportEvents, exportToFile } from '@canary-gate/sync-engine'
import { text, type Call } from '../command/define.ts'
import { sayLost } from '../command/finish.ts'
import { lostHere } from '../command/lost-events.ts'
import { contextOf } from './call-context.ts'

export function run(call: Call): number {
  const { io } = call
  const [file] = call.args
  const { home } = contextOf(call).paths
  const type = text(call, 'type')
  const onProgress = (events: number): void => io.progress.count(events, 'events written')
  if (file === undefined || file === '-') exportEvents(home, io.raw, type, onProgress)
  else {
    const { exported, withoutPayload } = exportToFile(home, resolve(io.cwd, file), type, onProgress)
    io.out(`${exported} event(s) written, ${withoutPayload} without payload left out\n`)
  }
  const lost = lostHere(call)
  if (lost !== undefined) sayLost(io, lost)
  return 0
}
