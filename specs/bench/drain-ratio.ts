import { Agent, request } from 'undici'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { loggedIn } from '../../fixtures/engine/receivers.ts'
import { batchBody } from '../../packages/sync-engine/src/delivery/body.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { selectFresh } from '../../packages/sync-engine/src/delivery/select.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import type { Journal } from '../../packages/sync-engine/src/journal/journal.ts'
import type { Synchronous } from '../../packages/sync-engine/src/journal/database.ts'
import { kilobyteEvents } from './events.ts'
import { speedRatio } from './row.ts'
import { startParsingServer } from './server.ts'

const EVENTS = 50_000
const BATCH = 500
const TEAM = 'private-dev'

/** The profile, for the page: on this side of the wire, a batch of 500. */
export const IN_THE_WAY = [
  'while the server reads one batch, this side records the one before and makes the next; 500 events',
  'take the thread 0.6 ms to read out of SQLite (a third of it to copy pages), 0.1 to join, 0.4 to',
  'record, 0.2 to hand to the network and 0.2 to read the answer, about 1.6 in all. The bare loop waits',
  '1.2 for the server and needs one core, this needs two: on a busy machine the ratio falls.',
].join(' ')

/**
 * A whole drain beside a bare loop that posts the same bodies and reads the answers, both to one
 * parsing server in another process. Every round is a new target, so every event is sent anew.
 */
export async function drainRatio(resultsSynchronous: Synchronous): Promise<number> {
  using world = temporaryJournal({ synchronous: 'NORMAL', resultsSynchronous })
  for (let done = 0; done < EVENTS; done += 1_000) capture(world.journal, kilobyteEvents(1_000))
  await using server = await startParsingServer()
  const bodies = sameBodies(world.journal)
  const agent = new Agent({ connections: 1 })
  const ours = async (round: number): Promise<void> => {
    const receiver = loggedIn(`${server.url}/round-${round}`)
    const { counts } = await drain({ journal: world.journal, receiver })
    if (counts.delivered !== EVENTS) throw new Error('the drain is not complete')
    await receiver.close()
  }
  const bare = async (): Promise<void> => {
    for (const body of bodies) await post(agent, `${server.url}/bare`, body)
  }
  await bare()
  const ratio = await speedRatio(9, ours, bare)
  await agent.close()
  return ratio
}

async function post(agent: Agent, url: string, body: Buffer): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const reply = await request(url, { method: 'POST', headers, body, dispatcher: agent })
  JSON.parse(await reply.body.text())
}

/** The bodies that a drain of this journal makes. */
function sameBodies(journal: Journal): Buffer[] {
  return Array.from({ length: EVENTS / BATCH }, (_, batch) => {
    const range = { after: batch * BATCH, through: (batch + 1) * BATCH, limit: BATCH }
    return batchBody(selectFresh(journal, range), TEAM)
  })
}
