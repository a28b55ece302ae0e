import { collectGarbage } from '@canary-gate/sync-engine'
import { flag, type Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { nothingCollectable } from './retention-text.ts'
import { contextOf } from './call-context.ts'

export function run(call: Call): number {
  const { now, progress } = call.io
  const onProgress = (events: number): void => progress.count(events, 'payloads removed')
  const options = { now, dryRun: flag(call, 'dryRun'), onProgress }
  const report = collectGarbage(contextOf(call).paths.home, options)
  const { removed, bytes, targets, dryRun } = report
  const text =
    removed === 0
      ? nothingCollectable(targets)
      : `${removed} payload(s), ${bytes} bytes ${dryRun ? 'would be' : 'were'} removed; the ledger stays.\n`
  return finish(call, 0, { json: report, text })
}
