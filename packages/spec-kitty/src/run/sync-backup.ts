import { resolve } from 'node:path'
import { backUp } from '@canary-gate/sync-engine'
import { argument, type Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { contextOf } from './call-context.ts'

export function run(call: Call): number {
  const { io } = call
  const report = backUp(contextOf(call).paths.home, resolve(io.cwd, argument(call, 0)))
  const text = `${report.events} event(s) in ${report.path}, ${report.bytes} bytes\n`
  return finish(call, 0, { json: report, text })
}
