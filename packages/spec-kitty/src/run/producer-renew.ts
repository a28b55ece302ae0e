import { openJournal, renewProducer } from '@canary-gate/sync-engine'
import type { Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { contextOf, deciderOf } from './call-context.ts'

export function run(call: Call): number {
  const context = contextOf(call)
  const journal = openJournal({ home: context.paths.home, now: call.io.now, frees: true })
  try {
    const epoch = renewProducer(journal, deciderOf(call, context))
    return finish(call, 0, {
      json: { epoch },
      text: `This home delivers under epoch ${epoch} from now on; nothing is lost.\n  next: spec-kitty sync now\n`,
    })
  } finally {
    journal.close()
  }
}
