import type { Outgoing } from './select.ts'

const OPENING = Buffer.from('{"events":[')
const CLOSING = ']'
const COMMA = 0x2c

/** How a stored text begins whose producer knew no team. */
const TEAM_UNKNOWN = Buffer.from('{"team_slug":null')

/** Gives room for at least that many bytes. */
export type BufferSource = (bytes: number) => Buffer

/**
 * `{"events":[…]}` with these events, byte for byte as they were stored. An unknown team stands first
 * in the stored text, so it is filled in without parsing.
 * @param producer the text of the member that names the journal, if the receiver is to know it
 * @param team fills in the team where the producer knew none; undefined leaves it unknown
 */
export function batchBody(
  events: readonly Outgoing[],
  team?: string,
  buffer: BufferSource = (bytes) => Buffer.allocUnsafeSlow(bytes),
  producer?: string,
): Buffer {
  const filledIn =
    team === undefined ? TEAM_UNKNOWN : Buffer.from(`{"team_slug":${JSON.stringify(team)}`)
  const closing = Buffer.from(
    producer === undefined ? `${CLOSING}}` : `${CLOSING},"producer":${producer}}`,
  )
  const body = buffer(longestBody(events, filledIn.length) + closing.length)
  let end = OPENING.copy(body)
  for (const { texts, from, sizeBytes } of events) {
    if (end > OPENING.length) body[end++] = COMMA
    const isFilled = startsAt(texts, from, TEAM_UNKNOWN)
    if (isFilled) end += filledIn.copy(body, end)
    const rest = isFilled ? from + TEAM_UNKNOWN.length : from
    end += texts.copy(body, end, rest, from + sizeBytes)
  }
  end += closing.copy(body, end)
  return body.subarray(0, end)
}

function longestBody(events: readonly Outgoing[], teamBytes: number): number {
  const inner = events.reduce((sum, { sizeBytes }) => sum + sizeBytes + teamBytes + 1, 0)
  return OPENING.length + inner
}

/** A comparison of our own: a call into the runtime costs more than seventeen bytes. */
function startsAt(text: Buffer, from: number, wanted: Buffer): boolean {
  for (let at = 0; at < wanted.length; at += 1) {
    if (text[from + at] !== wanted[at]) return false
  }
  return true
}

/**
 * Two buffers in turn, for the body that travels and the one that is made meanwhile: a long drain would
 * leave thousands of half a megabyte to the garbage collector.
 */
export function doubleBuffer(): BufferSource {
  let [next, other] = [Buffer.alloc(0), Buffer.alloc(0)]
  return (bytes) => {
    const buffer = next.length < bytes ? Buffer.allocUnsafeSlow(bytes) : next
    ;[next, other] = [other, buffer]
    return buffer
  }
}
