import { setImmediate as turn } from 'node:timers/promises'
import type { PostAnswer } from '../receivers/contract.ts'
import { twoRooms } from './body.ts'
import { BatchCutter, type Pages } from './feed.ts'
import { isInterrupted, type Passage } from './passage.ts'
import { pack, post, type Parcel } from './post.ts'
import type { DrainStop } from './progress.ts'
import { judgeBy, record, settle, type BatchKind } from './settle.ts'

/** A batch on its way. */
interface Flight extends Parcel {
  readonly answer: Promise<PostAnswer>
}

/**
 * Sends batch after batch, in order. While one is on its way the next is made, and while the next is
 * on its way the answer to the first is written: the server never waits for our disk. Only a clean
 * answer lets the next batch go before the first is settled, so the order is kept.
 * @returns why the drain must stop, or undefined when the pages are at their end
 */
export async function sendAll(
  passage: Passage,
  pages: Pages,
  kind: BatchKind,
): Promise<DrainStop | undefined> {
  const cutter = new BatchCutter(passage, pages)
  const room = twoRooms()
  const nextParcel = (): Parcel | undefined => {
    const batch = cutter.next()
    return batch && pack(passage, batch, room)
  }
  let ready = nextParcel()
  for (let flight = launch(passage, ready); flight !== undefined;) {
    ready = nextParcel()
    const answer = await flight.answer
    if (answer.kind === 'judged') {
      const following = launch(passage, ready)
      if (following !== undefined) await letItLeave()
      if (!(await recordWhile(passage, flight, answer, { kind, following })))
        return { kind: 'lost-claim' }
      flight = following
    } else {
      const stop = await settle(passage, flight.events, answer, kind)
      if (stop !== undefined) return stop
      // The limits may have shrunk meanwhile.
      if (ready !== undefined) cutter.putBack(ready.events)
      ready = nextParcel()
      flight = launch(passage, ready)
    }
  }
  return ready === undefined ? undefined : { kind: 'interrupted' }
}

/** Lets a batch go, unless there is none or an interrupt was asked for. */
function launch(passage: Passage, parcel: Parcel | undefined): Flight | undefined {
  if (parcel === undefined || isInterrupted(passage)) return undefined
  const answer = post(passage, parcel)
  // It is awaited in its turn; until then its failure must not count as unhandled.
  answer.catch(() => undefined)
  return { ...parcel, answer }
}

/** The HTTP client watches a used connection for a turn after an answer and for one before a request. */
const TURNS_TO_LEAVE = 2

/** Work that blocks the thread before the bytes have left would keep the server waiting for them. */
async function letItLeave(): Promise<void> {
  for (let turns = 0; turns < TURNS_TO_LEAVE; turns += 1) await turn()
}

interface Following {
  readonly kind: BatchKind
  readonly following: Flight | undefined
}

/** If writing fails, the batch that is on its way is waited for before the claim may be given up. */
async function recordWhile(
  passage: Passage,
  { events }: Flight,
  answer: Extract<PostAnswer, { kind: 'judged' }>,
  { kind, following }: Following,
): Promise<boolean> {
  let held = false
  try {
    held = record(passage, { events, judge: judgeBy(answer.judgements), answer, kind })
  } finally {
    if (!held) await following?.answer
  }
  return held
}
