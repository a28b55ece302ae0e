import { closeSync, openSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { exportEvents } from '../../sync/index.ts'
import { text, type Call } from '../define.ts'
import { foregroundOf } from './call-context.ts'

/** The file is new and readable by you alone: payloads may be confidential. */
export function run(call: Call): number {
  const { io } = call
  const [file] = call.args
  const { home } = foregroundOf(call).paths
  const type = text(call, 'type')
  if (file === undefined) {
    exportEvents(home, io.out, type)
    return 0
  }
  const target = openSync(resolve(io.cwd, file), 'w', 0o600)
  try {
    const { exported, withoutPayload } = exportEvents(
      home,
      (lines) => void writeSync(target, lines),
      type,
    )
    io.out(`${exported} event(s) written, ${withoutPayload} without payload left out\n`)
  } finally {
    closeSync(target)
  }
  return 0
}
