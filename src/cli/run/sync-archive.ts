import { resolve } from 'node:path'
import { archive } from '../../sync/index.ts'
import { flag, text, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { foregroundOf } from './call-context.ts'
import { nothingCollectable } from './retention-text.ts'

export async function run(call: Call): Promise<number> {
  const { io } = call
  const file = text(call, 'file')
  const report = await archive(foregroundOf(call).paths, {
    now: io.now,
    dryRun: flag(call, 'dryRun'),
    file: file === undefined ? undefined : resolve(io.cwd, file),
  })
  if (flag(call, 'json')) printJson(io, report)
  else if (report.archived === 0) io.out(nothingCollectable(report.targets))
  else if (report.path === null)
    io.out(`${report.archived} event(s), ${report.bytes} bytes would be archived.\n`)
  else
    io.out(
      `${report.archived} event(s) archived: ${report.path}\n  sha256 ${report.sha256 ?? ''}\n`,
    )
  return 0
}
