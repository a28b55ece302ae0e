import Database from 'better-sqlite3'
import { join } from 'node:path'
import { better, defineQueue, defineWorker } from 'plainjob'
import { temporaryHome, temporaryJournal } from '../../../fixtures/engine/home.ts'
import { drain } from '../../../packages/sync-engine/src/delivery/drain.ts'
import { capture } from '../../../packages/sync-engine/src/journal/capture.ts'
import {
  DEFAULT_LIMITS,
  type DeliveryReceiver,
} from '../../../packages/sync-engine/src/receivers/contract.ts'
import { kilobyteEvents } from '../events.ts'
import { median, timed, type BenchRow } from '../row.ts'

const EVENTS = 5_000
const ROUNDS = 5

/** Takes everything at once, as plainjob's handler does nothing: what is compared is the store. */
function instantReceiver(round: number): DeliveryReceiver {
  return {
    identity: { kind: 'stub', url: `http://127.0.0.1:1/${round}` },
    endpoint: 'none',
    team: undefined,
    gate: () => Promise.resolve({ kind: 'open' }),
    describe: () =>
      Promise.resolve({
        limits: { ...DEFAULT_LIMITS, maxBytes: 1_000_000, maxEvents: 500 },
        deployment: {},
      }),
    post: ({ eventIds }) =>
      Promise.resolve({
        kind: 'results',
        httpStatus: 200,
        results: new Map(eventIds.map((id) => [id, { verdict: 'success' } as const])),
      }),
    close: () => Promise.resolve(),
  }
}

/** The time that plainjob takes to process as many jobs with the same payload, one by one. */
async function plainjobMs(folder: string, round: number): Promise<number> {
  const db = new Database(join(folder, `plainjob-${round}.db`))
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  const quiet = {
    error: () => undefined,
    warn: () => undefined,
    info: () => undefined,
    debug: () => undefined,
  }
  const queue = defineQueue({ connection: better(db), logger: quiet })
  queue.addMany('deliver', kilobyteEvents(EVENTS))
  let processed = 0
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const handler = (): Promise<void> => {
    processed += 1
    if (processed === EVENTS) resolve(undefined)
    return Promise.resolve()
  }
  const worker = defineWorker('deliver', handler, { queue, logger: quiet })
  const tookMs = await timed(async () => {
    void worker.start()
    await promise
  })
  await worker.stop()
  queue.close()
  return tookMs
}

export const row: BenchRow = {
  name: 'events processed a second beside plainjob, same payload, NORMAL, receivers that do nothing',
  unit: 'times its rate',
  bar: { atLeast: 5 },
  measure: async () => {
    using world = temporaryJournal({ synchronous: 'NORMAL' })
    using folder = temporaryHome()
    for (let done = 0; done < EVENTS; done += 500) capture(world.journal, kilobyteEvents(500))
    const ratios: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const oursMs = await timed(() =>
        drain({ journal: world.journal, receiver: instantReceiver(round) }),
      )
      ratios.push((await plainjobMs(folder.home, round)) / oursMs)
    }
    return median(ratios)
  },
}
