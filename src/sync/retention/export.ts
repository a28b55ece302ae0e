import { readJournal } from '../journal/journal.ts'
import { readEntries } from '../journal/read.ts'

export interface ExportReport {
  readonly exported: number
  /** Events whose payload gc or archive removed. */
  readonly withoutPayload: number
}

const PAGE = 1_000

/**
 * Writes every retained event, one JSON line each, in order of capture.
 * @param write receives whole lines
 */
export function exportEvents(
  home: string,
  write: (lines: string) => void,
  type?: string,
): ExportReport {
  const journal = readJournal({ home })
  let exported = 0
  let withoutPayload = 0
  try {
    for (let after = 0; ;) {
      const page = readEntries(journal, { type, after, limit: PAGE })
      const last = page.at(-1)
      if (last === undefined) return { exported, withoutPayload }
      const lines = page.flatMap(({ envelope }) => (envelope === undefined ? [] : [envelope]))
      if (lines.length > 0) write(`${lines.join('\n')}\n`)
      exported += lines.length
      withoutPayload += page.length - lines.length
      after = last.seq
    }
  } finally {
    journal.close()
  }
}
