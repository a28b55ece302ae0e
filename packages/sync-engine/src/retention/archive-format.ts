import { SyncError } from '../base/errors.ts'

/**
 * An archive is gzip'd JSON lines: a header, one stored envelope per line in order of capture, and a
 * last line with their number, the SHA-256 of all envelope lines and the accounts that they were captured
 * under. Several gzip members follow each
 * other, so it is written and read without holding it in memory, and any gunzip reads it.
 */
export const FORMAT = 'spec-kitty-archive'
export const FORMAT_VERSION = 1

/** Why an archive cannot be used, or made. */
export function archiveInvalid(where: string, why: string, cause?: unknown): SyncError {
  return new SyncError(
    {
      code: 'archive-invalid',
      what: `the archive cannot be used: ${why}`,
      where,
    },
    { cause },
  )
}

/**
 * An envelope as one line. Line breaks inside of JSON strings are always escaped, so one that is
 * found is mere layout of whoever wrote the event.
 */
export function onOneLine(envelope: string): string {
  return envelope.replaceAll('\n', ' ')
}
