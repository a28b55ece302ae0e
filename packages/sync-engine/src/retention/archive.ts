import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SyncError } from '../base/errors.ts'
import { describeCause } from '../base/describe-cause.ts'
import type { HomePaths } from '../home/home.ts'
import { listTargets } from '../delivery/targets.ts'
import { openJournal, readJournal, type Journal } from '../journal/journal.ts'
import { archiveInvalid } from './archive-format.ts'
import { verifyArchive } from './archive-reader.ts'
import { ArchiveWriter, removeDeadDrafts } from './archive-writer.ts'
import { ArchivedList, collectable, collectableAfter, isAnyCollectable } from './collect.ts'
import { giveBack } from './free-space.ts'

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
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly dryRun: boolean
  /** Where to write; a new file below the home's `archives` unless named. */
  readonly file?: string | undefined
  /** Told how many events more were written, read back, and removed from the journal. */
  readonly onProgress?: ArchiveProgress
}

export type ArchiveProgress = (step: 'written' | 'read back' | 'removed', events: number) => void

/**
 * Moves payloads that every known target has into a compressed, checksummed file that `sync import`
 * reads back. The file is complete, durable and read back before any payload leaves; whatever ends
 * the command in between leaves payloads in both places, never in none (SYNC/T066).
 * @throws {SyncError} `archive-invalid` if the file exists, cannot be written, or does not read back
 */
export async function archive(paths: HomePaths, options: ArchiveOptions): Promise<ArchiveReport> {
  const { now, dryRun, onProgress = () => undefined } = options
  const journal = dryRun
    ? readJournal({ home: paths.home, now })
    : openJournal({ home: paths.home, now, frees: true })
  try {
    const path = options.file ?? join(paths.archives, `${stamp(now())}.jsonl.gz`)
    if (!dryRun) removeDeadDrafts(dirname(path))
    const none = { path: null, sha256: null, dryRun }
    if (dryRun) {
      const { events, ...report } = collectable(journal)
      return { ...none, archived: events, ...report }
    }
    const targets = listTargets(journal).length
    if (!isAnyCollectable(journal)) {
      giveBack(journal)
      return { ...none, archived: 0, bytes: 0, targets }
    }
    if (existsSync(path)) throw archiveInvalid(path, 'there is a file of that name')
    const { sha256, list } = await write(journal, path, onProgress).catch(explain(path))
    const { events: archived, bytes } = list.removeArchived((more) => onProgress('removed', more))
    giveBack(journal)
    return { path, sha256, archived, bytes, targets, dryRun }
  } finally {
    journal.close()
  }
}

function stamp(now: number): string {
  return `events-${new Date(now).toISOString().replaceAll(/[-:.]/g, '')}`
}

async function write(
  journal: Journal,
  path: string,
  onProgress: ArchiveProgress,
): Promise<{ sha256: string; list: ArchivedList }> {
  using writer = new ArchiveWriter(path, new Date(journal.now()).toISOString())
  const list = new ArchivedList(journal)
  let page = collectableAfter(journal, 0)
  while (page.length > 0) {
    writer.add(page)
    list.add(page)
    onProgress('written', page.length)
    page = collectableAfter(journal, page.at(-1)?.seq ?? 0)
  }
  const { draft, events, sha256 } = writer.complete()
  const readBack = await verifyArchive(draft, (more) => onProgress('read back', more))
  if (readBack !== events) throw archiveInvalid(draft, 'it is not complete')
  writer.publish()
  return { sha256, list }
}

/** What the file system refuses is no bug of this program. */
function explain(path: string): (cause: unknown) => never {
  return (cause) => {
    if (cause instanceof SyncError || !(cause instanceof Error && 'code' in cause)) throw cause
    throw archiveInvalid(path, `it cannot be written: ${describeCause(cause)}`, cause)
  }
}
