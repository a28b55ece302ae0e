import { listEvents, readJournal } from '../../sync/index.ts'
import { flag, text, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { foregroundOf } from './call-context.ts'

export function run(call: Call): number {
  const type = text(call, 'type')
  const journal = readJournal({ home: foregroundOf(call).paths.home, now: call.io.now })
  try {
    const events = listEvents(journal, {
      ...(type === undefined ? {} : { type }),
      newestFirst: flag(call, 'newest'),
      limit: Number(text(call, 'limit') ?? 50),
    })
    if (flag(call, 'json')) printJson(call.io, { events })
    else
      for (const event of events)
        call.io.out(`${event.seq}  ${event.occurred_at}  ${event.event_type}  ${event.event_id}\n`)
    return 0
  } finally {
    journal.close()
  }
}
