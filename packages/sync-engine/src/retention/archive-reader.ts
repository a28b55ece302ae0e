import { createHash } from 'node:crypto'
import { asNumber, asString, parseObject, type JsonObject } from '../base/json.ts'
import { accountRunsIn, type AccountRuns } from './archive-accounts.ts'
import { archiveInvalid, FORMAT, FORMAT_VERSION } from './archive-format.ts'
import { linesOf } from './lines.ts'

/**
 * The envelopes of an archive, some at a time. Number and checksum are at the end of the file: only a
 * reader that gets there without an error has read what was written.
 * @param onAccounts called at the end with the accounts, where the archive tells them
 * @throws {SyncError} `archive-invalid`
 */
export async function* archivedEvents(
  path: string,
  onAccounts: (accounts: AccountRuns) => void = () => undefined,
): AsyncGenerator<string[], void> {
  const hash = createHash('sha256')
  let events = 0
  // Of the lines so far the last is held back: it may be the end of the archive, which is not an event.
  let held: string[] = []
  let isBegun = false
  for await (const lines of unpacked(path)) {
    const body = isBegun ? [...held, ...lines] : withoutHeader(path, lines)
    isBegun = true
    held = body.splice(-1)
    for (const line of body) hash.update(`${line}\n`)
    events += body.length
    if (body.length > 0) yield body
  }
  const end = parseObject(held[0] ?? '')
  checkEnd(path, end, { events, sha256: hash.digest('hex') })
  const accounts = accountRunsIn(end ?? {}, events)
  if (accounts === undefined) throw archiveInvalid(path, 'its accounts differ from their checksum')
  onAccounts(accounts)
}

/**
 * Reads an archive to its end.
 * @returns how many events it holds
 * @throws {SyncError} `archive-invalid`
 */
export async function verifyArchive(
  path: string,
  onProgress: (events: number) => void = () => undefined,
): Promise<number> {
  let events = 0
  for await (const lines of archivedEvents(path)) {
    events += lines.length
    onProgress(lines.length)
  }
  return events
}

function withoutHeader(path: string, lines: readonly string[]): string[] {
  const [first = '', ...body] = lines
  const header = parseObject(first)
  if (asString(header?.['format']) !== FORMAT)
    throw archiveInvalid(path, 'it has no header of an archive')
  if (asNumber(header?.['version']) !== FORMAT_VERSION)
    throw archiveInvalid(path, 'it was written by a newer version of this program')
  return body
}

function checkEnd(
  path: string,
  end: JsonObject | undefined,
  read: { events: number; sha256: string },
): void {
  if (asNumber(end?.['events']) !== read.events) throw archiveInvalid(path, 'it is not complete')
  if (asString(end?.['sha256']) !== read.sha256) throw archiveInvalid(path, 'its checksum differs')
}

/** Non-empty lists of lines; a failure of the file or its compression is a fault of the archive. */
async function* unpacked(path: string): AsyncGenerator<string[], void> {
  try {
    for await (const lines of linesOf(path, true)) if (lines.length > 0) yield lines
  } catch (cause) {
    throw archiveInvalid(path, cause instanceof Error ? cause.message : String(cause), cause)
  }
}
