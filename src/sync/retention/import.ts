import { readFileSync } from 'node:fs'
import { BoundaryError } from '../boundary/error.ts'
import { capture, type CaptureOutcome } from '../journal/capture.ts'
import { openJournal } from '../journal/journal.ts'
import { readArchive } from './archive-file.ts'

export interface ImportReport {
  readonly imported: number
  /** Known already with the same content. */
  readonly deduplicated: number
  /** Known with other content; both are kept until somebody decides. */
  readonly conflicts: number
  /** Not valid events; kept aside for inspection. */
  readonly quarantined: number
}

const CHUNK = 1_000

/**
 * Imports an archive, or a file with one event per line, under the rules of any capture: known events
 * once, divergent ones put aside (SYNC/FR-018).
 * @throws {BoundaryError} `archive-invalid`, `import-invalid` with the first line that is no JSON;
 *   nothing is imported then
 */
export function importEvents(home: string, file: string, now: () => number): ImportReport {
  const lines = file.endsWith('.gz') ? readArchive(file) : readLines(file)
  const events = lines.map((line, index) => parsed(file, line, index + 1))
  const counts = { imported: 0, deduplicated: 0, conflicts: 0, quarantined: 0 }
  const journal = openJournal({ home, now })
  try {
    for (let at = 0; at < events.length; at += CHUNK) {
      const outcomes = capture(journal, events.slice(at, at + CHUNK), { source: `import:${file}` })
      for (const outcome of outcomes) counts[bucket(outcome)] += 1
    }
    return counts
  } finally {
    journal.close()
  }
}

function bucket(outcome: CaptureOutcome): keyof ImportReport {
  switch (outcome.kind) {
    case 'captured':
    case 'coalesced':
      return 'imported'
    case 'already-captured':
    case 'discarded':
      return 'deduplicated'
    case 'divergent':
      return 'conflicts'
    case 'quarantined':
      return 'quarantined'
  }
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
  } catch (cause) {
    throw invalid(file, 'it cannot be read', cause)
  }
}

function parsed(file: string, line: string, number: number): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw invalid(`${file}, line ${number}`, 'that line is not JSON', cause)
  }
}

function invalid(where: string, why: string, cause: unknown): BoundaryError {
  return new BoundaryError(
    {
      code: 'import-invalid',
      what: `nothing was imported: ${why}`,
      where,
      next: 'give a file with one JSON event per line, or an archive made by sync archive',
    },
    { cause },
  )
}
