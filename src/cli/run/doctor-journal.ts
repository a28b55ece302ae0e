import { integrityProblems, readJournal, recount } from '../../sync/index.ts'
import { flag, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { foregroundOf } from './call-context.ts'

export function run(call: Call): number {
  const journal = readJournal({ home: foregroundOf(call).paths.home, now: call.io.now })
  try {
    const miscounts = recount(journal)
    const damage = integrityProblems(journal)
    const ok = miscounts.length === 0 && damage.length === 0
    if (flag(call, 'json')) printJson(call.io, { ok, miscounts, damage })
    else if (ok) call.io.out('The journal is sound and every counter is true.\n')
    for (const { what, counted, actual } of ok || flag(call, 'json') ? [] : miscounts)
      call.io.out(`${what}: the counter says ${counted}, there are ${actual}\n`)
    if (!flag(call, 'json')) for (const line of damage) call.io.out(`${line}\n`)
    return ok ? 0 : 1
  } finally {
    journal.close()
  }
}
