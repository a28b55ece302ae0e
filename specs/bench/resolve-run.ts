import { execa } from 'execa'
import { temporaryHome } from '../../fixtures/engine/home.ts'
import { migrate } from '../../packages/sync-engine/src/migration/migrate.ts'
import { writeFieldQueue } from './field-queues.ts'
import { installedProgram } from './installed.ts'
import { foregroundAt } from './migration-source.ts'

export interface ResolveRun {
  readonly seconds: number
  readonly peakMegabytes: number
}

/** Says the peak resident size of a process when it ends. */
const TELL_PEAK = `data:text/javascript,process.on('exit',()=>process.stderr.write(String(process.resourceUsage().maxRSS)))`

/** Decides that many divergent duplicates with one command, in a process of its own. */
export async function resolveRun(
  conflicts: number,
  decision: 'keep-existing' | 'take-incoming',
): Promise<ResolveRun> {
  using folder = temporaryHome()
  const { home } = folder
  for (const number of [0, 1])
    writeFieldQueue(home, { number, rows: conflicts, firstId: 0, note: `version ${number}` })
  const found = migrate(foregroundAt(home), { now: Date.now })
  if (found.conflicts !== conflicts) throw new Error(`${found.conflicts} conflicts were found`)
  const program = await installedProgram()
  const words = ['sync', 'migrate', '--resolve', decision, '--all', '--json']
  const env = { HOME: home, SPEC_KITTY_HOME: home }
  const began = performance.now()
  const done = await execa(process.execPath, ['--import', TELL_PEAK, program, ...words], { env })
  const seconds = (performance.now() - began) / 1000
  const { resolved } = JSON.parse(done.stdout) as { resolved: { resolved: number } }
  if (resolved.resolved !== conflicts) throw new Error(`${resolved.resolved} were decided`)
  return { seconds, peakMegabytes: Number(done.stderr) / 1024 }
}
