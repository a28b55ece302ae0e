import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BoundaryError } from '../boundary/error.ts'
import type { HomePaths } from '../boundary/home.ts'
import { openJournal, readJournal, type Journal } from '../journal/journal.ts'
import { ArchiveWriter, readArchive } from './archive-file.ts'
import { collectable, collectableAfter, removePayloads } from './collect.ts'

export interface ArchiveReport {
  /** Null for a dry run, or when there was nothing to archive. */
  readonly path: string | null
  readonly archived: number
  readonly bytes: number
  readonly sha256: string | null
  readonly targets: number
  readonly dryRun: boolean
}

export interface ArchiveOptions {
  readonly now: () => number
  readonly dryRun: boolean
  /** Where to write; a new file below the home's `archives` unless named. */
  readonly file?: string | undefined
}

/**
 * Moves payloads that every known target has into a compressed, checksummed file that `sync import`
 * reads back. The file is complete, durable and read back before any payload leaves (SYNC/T066).
 * @throws {BoundaryError} `archive-invalid` if the file exists, or does not read back
 */
export function archive(paths: HomePaths, options: ArchiveOptions): ArchiveReport {
  const { now, dryRun } = options
  const journal = dryRun
    ? readJournal({ home: paths.home, now })
    : openJournal({ home: paths.home, now })
  try {
    const { events, bytes, targets } = collectable(journal)
    const report = { archived: events, bytes, targets, dryRun }
    if (dryRun || events === 0) return { path: null, sha256: null, ...report }
    const path = options.file ?? join(paths.archives, `${stamp(now())}.jsonl.gz`)
    const { sha256, through } = write(journal, path, now())
    readArchive(path)
    const archived = removePayloads(journal, { through, archived: true })
    return { ...report, path, sha256, archived }
  } finally {
    journal.close()
  }
}

function stamp(now: number): string {
  return `events-${new Date(now).toISOString().replaceAll(/[-:.]/g, '')}`
}

function write(journal: Journal, path: string, now: number): { sha256: string; through: number } {
  if (existsSync(path))
    throw new BoundaryError({
      code: 'archive-invalid',
      what: 'the file exists',
      where: path,
      next: 'name another file; an archive is never overwritten',
    })
  const writer = new ArchiveWriter(path, new Date(now).toISOString())
  try {
    let through = 0
    for (
      let page = collectableAfter(journal, 0);
      page.length > 0;
      page = collectableAfter(journal, through)
    ) {
      writer.add(page.map(({ envelope }) => envelope))
      through = page.at(-1)?.seq ?? through
    }
    return { sha256: writer.finish().sha256, through }
  } catch (cause) {
    writer.abandon()
    throw cause
  }
}
