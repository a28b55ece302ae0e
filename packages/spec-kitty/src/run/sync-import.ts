import { resolve } from 'node:path'
import { importEvents } from '@canary-gate/sync-engine'
import { argument, type Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { contextOf } from './call-context.ts'

export async function run(call: Call): Promise<number> {
  const { io } = call
  const given = argument(call, 0)
  const file = given === '-' ? given : resolve(io.cwd, given)
  const report = await importEvents(contextOf(call).paths.home, file, io.now, (step, lines) => {
    io.progress.count(lines, `lines ${step}`)
  })
  const { imported, restored, deduplicated, conflicts, quarantined } = report
  const counts = `${imported} imported, ${restored} restored, ${deduplicated} known already, ${conflicts} in conflict, ${quarantined} not valid\n`
  const next =
    conflicts > 0 ? '  next: spec-kitty sync migrate --resolve keep-existing --all\n' : ''
  return finish(call, conflicts + quarantined === 0 ? 0 : 1, {
    json: report,
    text: `${counts}${next}`,
  })
}
