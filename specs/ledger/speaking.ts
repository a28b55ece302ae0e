import { HURRIED, loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer, type ScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import type { EventEnvelope } from '../../packages/batch-contract/src/index.ts'
import type { Journal } from '../../packages/sync-engine/src/journal/journal.ts'

/** The words that the server says about the events, in order; the last holds for the rest. */
export function speaking(
  events: readonly EventEnvelope[],
  words: readonly string[],
): Promise<ScriptedServer> {
  const of = (id: string): { status: string } | undefined => {
    const index = events.findIndex(({ event_id }) => event_id === id)
    const status = words[Math.min(index, words.length - 1)] ?? 'success'
    return status === 'success' ? undefined : { status }
  }
  return startScriptedServer(() => ({ kind: 'results', of }))
}

/** Delivers to that server once, without waiting between tries. */
export async function drainTo(journal: Journal, server: ScriptedServer): Promise<void> {
  const receiver = loggedIn(server.url)
  await drain({ journal, receiver, retryPolicy: HURRIED })
  await receiver.close()
}
