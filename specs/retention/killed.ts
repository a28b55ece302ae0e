import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import { archive } from '../../packages/sync-engine/src/retention/archive.ts'
import { importEvents } from '../../packages/sync-engine/src/retention/import.ts'

/** Archives into, or imports from, a file and kills itself when it reads the clock for the nth time. */
const [verb = '', home = '', file = '', at = '1'] = process.argv.slice(2)
let readings = 0
function now(): number {
  readings += 1
  if (readings === Number(at)) process.kill(process.pid, 'SIGKILL')
  return Date.now()
}
if (verb === 'archive') await archive(homePaths(home), { now, dryRun: false, file })
else await importEvents(home, file, now)
