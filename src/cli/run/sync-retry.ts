import { openJournal, retryTerminal } from '../../sync/index.ts'
import { flag, usage, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { foregroundOf } from './call-context.ts'

export function run(call: Call): number {
  const [eventId] = call.args
  if (eventId === undefined && !flag(call, 'all')) throw usage(call, 'name an event, or add --all')
  const journal = openJournal({ home: foregroundOf(call).paths.home, now: call.io.now })
  try {
    const reopened = retryTerminal(journal, eventId)
    if (flag(call, 'json')) printJson(call.io, { ok: true, reopened })
    else call.io.out(`${reopened} event(s) will be sent again by: spec-kitty sync now\n`)
    return 0
  } finally {
    journal.close()
  }
}
