import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** Repairs the journal of a home and kills itself before the nth change of a name. */
const [home = '', at = '1'] = process.argv.slice(2)
let changes = 0
for (const name of ['renameSync', 'linkSync', 'mkdirSync'] as const) {
  const change = fs[name] as (...values: unknown[]) => unknown
  const counting = (...values: unknown[]): unknown => {
    changes += 1
    if (changes === Number(at)) process.kill(process.pid, 'SIGKILL')
    return change(...values)
  }
  Object.assign(fs, { [name]: counting })
}
syncBuiltinESMExports()
const { repairJournal } = await import('../../packages/sync-engine/src/retention/repair.ts')
repairJournal(home, Date.now)
