import { resolve } from 'node:path'
import { exportEvents, exportToFile } from '@canary-gate/sync-engine'
import { text, type Call } from '../command/define.ts'
import { contextOf } from './call-context.ts'

export function run(call: Call): number {
  const { io } = call
  const [file] = call.args
  const { home } = contextOf(call).paths
  const type = text(call, 'type')
  if (file === undefined || file === '-') {
    exportEvents(home, io.raw, type)
    return 0
  }
  const { exported, withoutPayload } = exportToFile(home, resolve(io.cwd, file), type)
  io.out(`${exported} event(s) written, ${withoutPayload} without payload left out\n`)
  return 0
}
