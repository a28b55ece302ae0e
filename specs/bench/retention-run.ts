import { statSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryHome } from '../../fixtures/engine/home.ts'
import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import { archive } from '../../packages/sync-engine/src/retention/archive.ts'
import { collectGarbage } from '../../packages/sync-engine/src/retention/gc.ts'
import { importEvents } from '../../packages/sync-engine/src/retention/import.ts'
import { openForReading } from '../../packages/sync-engine/src/journal/database.ts'
import { deliveredJournal } from './big-journal.ts'

/** Processor seconds of each step. */
export interface RetentionRun {
  readonly archive: number
  readonly restore: number
  readonly gc: number
  /** The file after gc, compared with a compact copy of it. */
  readonly size: number
}

/** A fifth of the million that the bars are for; the bars of the rows are a fifth, too. */
const EVENTS = 200_000
const TARGETS = 5

let played: Promise<RetentionRun> | undefined

/** Archives everything, imports the archive and collects what came back; once in a run. */
export function retentionRun(): Promise<RetentionRun> {
  played ??= play()
  return played
}

async function play(): Promise<RetentionRun> {
  using folder = deliveredJournal(EVENTS, TARGETS)
  const { home } = folder
  const file = join(home, 'archive.jsonl.gz')
  const options = { now: Date.now, dryRun: false }
  const archiving = await processorSeconds(async () => {
    const { archived } = await archive(homePaths(home), { ...options, file })
    if (archived !== EVENTS) throw new Error(`${archived} were archived`)
  })
  const restoring = await processorSeconds(async () => {
    const { restored } = await importEvents(home, file, Date.now)
    if (restored !== EVENTS) throw new Error(`${restored} were restored`)
  })
  const collecting = await processorSeconds(() => {
    const { removed } = collectGarbage(home, options)
    if (removed !== EVENTS) throw new Error(`${removed} were removed`)
  })
  return { archive: archiving, restore: restoring, gc: collecting, size: comparedWithCompact(home) }
}

/** Of this process with all its threads, so that a busy machine does not decide. */
export async function processorSeconds(step: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await step()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/** How large the journal is, in sizes of a copy that has no free page. */
export function comparedWithCompact(home: string): number {
  using folder = temporaryHome()
  const path = join(home, 'event_journal/journal.db')
  const copy = join(folder.home, 'compact.db')
  const db = openForReading(path)
  db.prepare('VACUUM INTO ?').run(copy)
  db.close()
  return statSync(path).size / statSync(copy).size
}
