import { lstatSync, readdirSync } from 'node:fs'
import { isThere } from '../base/present.ts'
import { join } from 'node:path'
import type { HomePaths } from '../home/home.ts'

/** A database of the field that may hold queued work. */
export interface QueueFile {
  readonly path: string
  /** `legacy`, or the 16 hex digits of the file's name. The digest is one-way. */
  readonly digest: string
}

/** The legacy database first, then every scoped one by digest (SYNC/T056). */
export function queueFiles(paths: HomePaths): QueueFile[] {
  // A link that leads nowhere is there too, and is complained about like the others.
  const found = lstatSync(paths.legacyQueue, { throwIfNoEntry: false })
  const legacy = found !== undefined ? [{ path: paths.legacyQueue, digest: 'legacy' }] : []
  const names = isThere(paths.queues) ? readdirSync(paths.queues).sort() : []
  const scoped = names.flatMap((name) => {
    const digest = /^queue-([0-9a-f]+)\.db$/.exec(name)?.[1]
    return digest === undefined ? [] : [{ path: join(paths.queues, name), digest }]
  })
  return [...legacy, ...scoped]
}
