import { SyncError } from '../base/errors.ts'
import { describeCause } from '../base/describe-cause.ts'
import type { CaptureOutcome } from '../journal/capture-outcome.ts'
import { captureRecorded } from '../journal/capture.ts'
import { openJournal, type Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import {
  AccountReader,
  ExportedAccounts,
  isExportEnd,
  type AccountRuns,
  type OfAccount,
} from './archive-accounts.ts'
import { archivedEvents } from './archive-reader.ts'
import { isGzip, linesOf, portions } from './lines.ts'
import { readableTwice } from './spool.ts'

export interface ImportReport {
  readonly imported: number
  /** Known, with a payload that gc or archive had removed and that is back now. */
  readonly restored: number
  /** Known already with the same content, or decided before. */
  readonly deduplicated: number
  /** Known with other content; both are kept until somebody decides. */
  readonly conflicts: number
  /** Not valid events; kept aside for inspection. */
  readonly quarantined: number
}

/** How many lines more have been read, to find out whether all of them can be, or taken. */
export type ImportProgress = (step: 'read' | 'taken', lines: number) => void

/** Events per transaction, at least; captures go on in between. */
const CHUNK = 1_000

/**
 * Imports an archive, or a file with one event per line. Whatever was accepted before, here or by an
 * earlier program, comes back byte for byte; known events count once, with this file as a further
 * provenance, divergent ones are put aside (SYNC/FR-018). The file is read to its end before anything
 * is taken from it. An archive tells the accounts that its events were captured under, so another account's
 * wait here as they did there. So does an exported file; a file of other lines tells none.
 * @param file absolute path, or `-` for standard input; what is named or begins like gzip is read as
 *   an archive
 * @param onProgress told of lines that were read and then of lines that were taken
 * @throws {SyncError} `archive-invalid`, `import-invalid` with the first line that is not JSON;
 *   nothing is imported then
 */
export async function importEvents(
  home: string,
  file: string,
  now: () => number,
  onProgress: ImportProgress = () => undefined,
): Promise<ImportReport> {
  using input = await readableTwice(file).catch(unreadable(file))
  const packed = file.endsWith('.gz') || (await isGzip(input.path).catch(unreadable(file)))
  let accounts: AccountRuns = []
  const note = (found: AccountRuns): void => void (accounts = found)
  const read = (): AsyncGenerator<string[], void> =>
    packed ? archivedEvents(input.path, note) : linesOf(input.path, false)
  const exported = await checkAll(file, read(), onProgress)
  if (!packed) accounts = exported
  const journal = openJournal({ home, now })
  try {
    const counts = { imported: 0, restored: 0, deduplicated: 0, conflicts: 0, quarantined: 0 }
    const reader = new AccountReader(accounts)
    for await (const lines of portions(read(), CHUNK)) {
      for (const part of reader.of(packed ? lines : lines.filter(isEvent)))
        for (const outcome of take(journal, part, `import:${file}`))
          counts[bucket(journal, outcome)] += 1
      onProgress('taken', lines.length)
    }
    return counts
  } finally {
    journal.close()
  }
}

/**
 * Reads to the end before it complains: an archive that is damaged as a whole says so first.
 * @returns the accounts that an exported file tells
 */
async function checkAll(
  file: string,
  read: AsyncGenerator<string[], void>,
  onProgress: ImportProgress,
): Promise<AccountRuns> {
  const exported = new ExportedAccounts()
  let number = 0
  let bad: SyncError | undefined
  try {
    for await (const lines of read) {
      for (const line of lines) {
        number += 1
        if (line.trim() === '') continue
        bad ??= faultOf(file, line, number)
        exported.read(line)
      }
      onProgress('read', lines.length)
    }
  } catch (cause) {
    if (cause instanceof SyncError) throw cause
    unreadable(file)(cause)
  }
  if (bad !== undefined) throw bad
  return exported.runs
}

function isEvent(line: string): boolean {
  return line.trim() !== '' && !isExportEnd(line)
}

function take(journal: Journal, { account, lines }: OfAccount, source: string): CaptureOutcome[] {
  const texts = lines.filter((line) => line.trim() !== '')
  const outcomes = captureRecorded(journal, texts, { source, account, restores: true })
  noteProvenance(journal, outcomes, source)
  return outcomes
}

const PROVENANCE = `
  INSERT OR IGNORE INTO provenance (event_id, source, content_sha, recorded_at_ms)
  SELECT value, @source, NULL, @now FROM json_each(@ids)`

/** Where each event came from. Repeated after a kill in between, it adds what is missing. */
function noteProvenance(
  { db, now }: Journal,
  outcomes: readonly CaptureOutcome[],
  source: string,
): void {
  const ids = outcomes.flatMap((outcome) =>
    outcome.kind === 'quarantined' || outcome.kind === 'divergent' || outcome.kind === 'discarded'
      ? []
      : [outcome.eventId],
  )
  statement(db, PROVENANCE).run({ source, now: now(), ids: JSON.stringify(ids) })
}

function bucket(journal: Journal, outcome: CaptureOutcome): keyof ImportReport {
  switch (outcome.kind) {
    case 'captured':
    case 'coalesced':
      return 'imported'
    case 'restored':
      return 'restored'
    case 'already-captured':
    case 'discarded':
      return 'deduplicated'
    case 'divergent':
      return isOpen(journal, outcome.conflictId) ? 'conflicts' : 'deduplicated'
    case 'quarantined':
      return 'quarantined'
  }
}

/** A decision that was taken on the very same content stands. */
function isOpen({ db }: Journal, conflictId: number): boolean {
  const open = 'SELECT 1 FROM conflicts WHERE conflict_id = ? AND resolved_at_ms IS NULL'
  return statement(db, open).get(conflictId) !== undefined
}

function faultOf(file: string, line: string, number: number): SyncError | undefined {
  try {
    JSON.parse(line)
    return undefined
  } catch (cause) {
    return invalid(`${file}, line ${number}`, 'that line is not JSON', cause)
  }
}

function unreadable(file: string): (cause: unknown) => never {
  return (cause) => {
    throw invalid(file, `it cannot be read: ${describeCause(cause)}`, cause)
  }
}

function invalid(where: string, why: string, cause: unknown): SyncError {
  return new SyncError(
    {
      code: 'import-invalid',
      what: `nothing was imported: ${why}`,
      where,
    },
    { cause },
  )
}
