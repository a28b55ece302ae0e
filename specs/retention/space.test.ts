import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { eventOfSize } from '../../fixtures/engine/events.ts'
import { temporaryHome } from '../../fixtures/engine/home.ts'
import { recount } from '../../packages/sync-engine/src/delivery/recount.ts'
import { registerTarget } from '../../packages/sync-engine/src/delivery/targets.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import { journalPath, openJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { archive } from '../../packages/sync-engine/src/retention/archive.ts'
import { removePayloads } from '../../packages/sync-engine/src/retention/collect.ts'
import { collectGarbage } from '../../packages/sync-engine/src/retention/gc.ts'
import { spec } from '../spec.ts'

/** Captures that many events and notes them as delivered to one target. */
function deliver(home: string, count: number): void {
  const journal = openJournal({ home, synchronous: 'NORMAL' })
  const after = Number(journal.db.prepare('SELECT coalesce(max(seq), 0) FROM events').pluck().get())
  capture(
    journal,
    Array.from({ length: count }, () => eventOfSize(1_700)),
  )
  const { generationId } = registerTarget(journal, { kind: 'stub', url: 'http://127.0.0.1:1/' })
  journal.db.exec(`
    INSERT INTO ledger (generation_id, seq, status, attempts, first_attempted_at_ms, last_attempted_at_ms)
      SELECT ${generationId}, seq, 'success', 1, 1, 1 FROM events WHERE seq > ${after};
    UPDATE generations SET success = success + ${count}, recorded_through = (SELECT max(seq) FROM events),
      claimed_through = (SELECT max(seq) FROM events);
    UPDATE journal_state SET claimed_through = (SELECT max(seq) FROM events)`)
  journal.close()
}

/** The size that the same content has in a file without any gap. */
function contentBytes(home: string): number {
  const journal = openJournal({ home })
  expect(recount(journal)).toEqual([])
  expect(journal.db.prepare('SELECT count(*) FROM moving').pluck().get()).toBe(0)
  const copy = join(home, 'copy.db')
  journal.db.prepare('VACUUM INTO ?').run(copy)
  journal.close()
  const { size } = statSync(copy)
  rmSync(copy)
  return size
}

spec(
  ['SYNC/T066', 'SYNC/NFR-004'],
  'after gc the file has no more than a fifth above its content, round after round',
  () => {
    using world = temporaryHome()
    for (let round = 0; round < 3; round += 1) {
      deliver(world.home, 3_000)
      expect(collectGarbage(world.home, { now: Date.now, dryRun: false }).removed).toBe(3_000)
      const size = statSync(journalPath(world.home)).size
      expect(size / contentBytes(world.home)).toBeLessThan(1.2)
    }
  },
)

function freePages(home: string): number {
  const journal = openJournal({ home })
  try {
    return Number(journal.db.pragma('freelist_count', { simple: true }))
  } finally {
    journal.close()
  }
}

spec(
  ['SYNC/T066', 'SYNC/NFR-004'],
  'space that a killed gc or archive did not come to give back is given back by the next one',
  async () => {
    for (const next of ['gc', 'archive']) {
      using world = temporaryHome()
      deliver(world.home, 10)
      const journal = openJournal({ home: world.home })
      // As after a kill: the last payload has left, and its pages are free, but still in the file.
      expect(removePayloads(journal, 10).events).toBe(10)
      journal.db.exec(
        'CREATE TABLE emptied AS SELECT randomblob(1000000) AS bytes; DROP TABLE emptied',
      )
      journal.close()
      expect(freePages(world.home), next).toBeGreaterThan(0)
      if (next === 'gc') collectGarbage(world.home, { now: Date.now, dryRun: false })
      else await archive(homePaths(world.home), { now: Date.now, dryRun: false })
      expect(freePages(world.home), next).toBe(0)
    }
  },
)
