import { backUp } from '@canary-gate/sync-engine'
import { argument, newFile, type Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { contextOf } from './call-context.ts'

export function run(call: Call): number {
  const report = backUp(contextOf(call).paths.home, newFile(call, argument(call, 0)))
  const text = `${report.events} event(s) in ${report.path}, ${report.bytes} bytes\n`
  return finish(call, 0, { json: report, text })
}
