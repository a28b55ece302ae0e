import { resolve } from 'node:path'
import { exportEvents, exportToFile } from '../../sync/index.ts'
import { text, type Call } from '../define.ts'
import { foregroundOf } from './call-context.ts'

export function run(call: Call): number {
  const { io } = call
  const [file] = call.args
  const { home } = foregroundOf(call).paths
  const type = text(call, 'type')
  if (file === undefined) {
    exportEvents(home, io.out, type)
    return 0
  }
  const { exported, withoutPayload } = exportToFile(home, resolve(io.cwd, file), type)
  io.out(`${exported} event(s) written, ${withoutPayload} without payload left out\n`)
  return 0
}
