import { resolve } from 'node:path'
import { importEvents } from '../../sync/index.ts'
import { argument, flag, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { foregroundOf } from './call-context.ts'

export async function run(call: Call): Promise<number> {
  const { io } = call
  const file = resolve(io.cwd, argument(call, 0))
  const report = await importEvents(foregroundOf(call).paths.home, file, io.now)
  const { imported, restored, deduplicated, conflicts, quarantined } = report
  if (flag(call, 'json')) printJson(io, report)
  else {
    io.out(
      `${imported} imported, ${restored} restored, ${deduplicated} known already, ${conflicts} in conflict, ${quarantined} not valid\n`,
    )
    if (conflicts > 0) io.out('  next: spec-kitty sync migrate --resolve keep-existing --all\n')
  }
  return conflicts + quarantined === 0 ? 0 : 1
}
