import { archive, type ArchiveReport } from '@canary-gate/sync-engine'
import { flag, newFile, text, type Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { contextOf } from './call-context.ts'
import { nothingCollectable } from './retention-text.ts'

export async function run(call: Call): Promise<number> {
  const { io } = call
  const file = text(call, 'file')
  const report = await archive(contextOf(call).paths, {
    now: io.now,
    dryRun: flag(call, 'dryRun'),
    file: file === undefined ? undefined : newFile(call, file),
    onProgress: (step, events) => io.progress.count(events, `events ${step}`),
  })
  return finish(call, 0, { json: report, text: textOf(report) })
}

function textOf({ archived, targets, path, bytes, sha256 }: ArchiveReport): string {
  if (archived === 0) return nothingCollectable(targets)
  if (path === null) return `${archived} event(s), ${bytes} bytes would be archived.\n`
  return `${archived} event(s) archived: ${path}\n  sha256 ${sha256 ?? ''}\n`
}
