import { openJournal, retryFailed } from '@canary-gate/sync-engine'
import { flag, usage, type Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { contextOf, deciderOf } from './call-context.ts'

export function run(call: Call): number {
  const [eventId] = call.args
  if (eventId === undefined && !flag(call, 'all')) throw usage(call, 'name an event, or add --all')
  const context = contextOf(call)
  const journal = openJournal({ home: context.paths.home, now: call.io.now, frees: true })
  try {
    const reopened = retryFailed(
      journal,
      eventId === undefined ? 'all' : [eventId],
      deciderOf(call, context),
    )
    const text = `${reopened} event(s) will be sent again by: spec-kitty sync now\n`
    return finish(call, 0, { json: { reopened }, text })
  } finally {
    journal.close()
  }
}
