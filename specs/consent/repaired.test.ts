import Database from 'better-sqlite3'
import { readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'
import { loggedInWorld } from '../../fixtures/cli/world.ts'
import { journalPath } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'

/** Destroys the page of a table, so that SQLite cannot read it any more. */
function destroy(path: string, table: string): void {
  const db = new Database(path)
  db.pragma('wal_checkpoint(TRUNCATE)')
  const sql = 'SELECT rootpage FROM sqlite_schema WHERE name = ?'
  const page = Number(db.prepare(sql).pluck().get(table))
  const bytes = Number(db.pragma('page_size', { simple: true }))
  db.close()
  const file = readFileSync(path)
  file.fill(0xff, (page - 1) * bytes, page * bytes)
  writeFileSync(path, file)
}

spec(
  ['SYNC/C-008', 'SYNC/SC-002'],
  'a consent that was taken back does not come back with a repair; one that was given holds on',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    await world.call('sync allow --revoke')
    const repaired = await world.call('doctor journal --repair --json')
    expect(repaired.json).toMatchObject({ salvaged: 2, consents_known: true })
    await world.call('agent tasks move-task WP01 --to claimed')
    expect((await world.call('sync now')).out).toContain('Synced: 0')
    await world.call('sync allow')
    await world.call('doctor journal --repair')
    expect((await world.call('sync now')).out).toContain('Synced: 3')
  },
)

spec(
  ['SYNC/C-008', 'SYNC/SC-002'],
  'where it cannot be read who agreed, nothing is sent after a repair before a person agrees',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    await world.call('sync allow --revoke')
    destroy(journalPath(world.home), 'consents')
    const repaired = await world.call('doctor journal --repair')
    expect(repaired.out).toContain('who agreed to what cannot be read')
    await world.call('agent tasks move-task WP01 --to claimed')
    const now = await world.call('sync now')
    expect(now.out).toContain('Synced: 0')
    expect(now.out).toContain('nobody agreed to send it')
    expect((await world.call('sync allow --all')).code).toBe(0)
    expect((await world.call('sync now')).out).toContain('Synced: 3')
  },
)
