import { parseObject } from '../base/json.ts'
import type { PageFile } from './page-file.ts'
import { rowsOn, type Value } from './page-rows.ts'

/** An event as a page has it. */
export interface PageEvent {
  readonly text: string
  /** Its stream; null for events of version 1. */
  readonly stream: number | null
}

/** What the pages of a damaged journal tell, whether or not SQLite finds them. */
export interface JournalPages {
  /** Positions of events whose text is there, in order. */
  readonly positions: readonly number[]
  /** Positions whose text was removed by gc or archive, or that a later event replaced. */
  readonly gone: ReadonlySet<number>
  /** Account of each stream. */
  readonly accounts: ReadonlyMap<number, string>
  readonly event: (position: number) => PageEvent | undefined
}

/** Reads every page once. Texts stay in the file until they are asked for. */
export function readJournalPages(file: PageFile): JournalPages {
  const places = new Map<number, number>()
  const gone = new Set<number>()
  const accounts = new Map<number, string>()
  const free = file.free()
  for (let number = 1; number <= file.count; number += 1) {
    if (free.has(number)) continue
    for (const { rowId, values } of rowsOn(file, number)) {
      if (isStream(values)) accounts.set(rowId, String(values[2]))
      else if (isSuperseded(values)) gone.add(rowId)
      else if (isRemovedEvent(values)) gone.add(rowId)
      else if (eventIn(values) !== undefined) places.set(rowId, number)
    }
  }
  const event = (position: number): PageEvent | undefined => {
    const number = places.get(position)
    const row =
      number === undefined
        ? undefined
        : rowsOn(file, number).find(({ rowId }) => rowId === position)
    return row && eventIn(row.values)
  }
  const positions = [...places.keys()].filter((position) => !gone.has(position))
  return { positions: positions.sort((a, b) => a - b), gone, accounts, event }
}

/** Columns of `events` in version 1 and in version 2 of the schema. */
const EVENT_COLUMNS: ReadonlySet<number> = new Set([13, 15])
const SIZE = 6
const REMOVED_SHA = 11
const ENVELOPE = 12
const STREAM = 13

/** The text counts only if it is the event of that id, in the size that was captured. */
function eventIn(values: readonly Value[]): PageEvent | undefined {
  const text = values[ENVELOPE]
  if (!EVENT_COLUMNS.has(values.length) || typeof text !== 'string') return undefined
  if (Buffer.byteLength(text) !== values[SIZE]) return undefined
  const named = parseObject(text)?.['event_id']
  // What is nested too deep for that parser is compared by its text.
  const isIts = named === undefined ? text.includes(`"${String(values[1])}"`) : named === values[1]
  if (!isIts) return undefined
  const stream = values[STREAM]
  return { text, stream: typeof stream === 'number' ? stream : null }
}

function isRemovedEvent(values: readonly Value[]): boolean {
  return (
    EVENT_COLUMNS.has(values.length) &&
    values[ENVELOPE] === null &&
    typeof values[REMOVED_SHA] === 'string'
  )
}

function isStream(values: readonly Value[]): boolean {
  const [id, project, account, ...more] = values
  return (
    id === null && typeof project === 'string' && typeof account === 'string' && more.length === 0
  )
}

function isSuperseded(values: readonly Value[]): boolean {
  const kind = values[3]
  return values.length === 6 && values[0] === null && (kind === 'collapsed' || kind === 'resolved')
}
