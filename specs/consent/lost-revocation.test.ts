import {
  copyFileSync,
  cpSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { loggedInWorld, type LoggedInWorld } from '../../fixtures/cli/world.ts'
import { journalPath, openJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'

const PROBLEM = 'nobody agreed to send it'

function copyInto(path: string, from: string): void {
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
  copyFileSync(from, path)
}

/** What happens to the journal after a consent was taken back, so that it does not know of it any more. */
const LOSSES: Readonly<Record<string, (world: LoggedInWorld, older: string) => Promise<void>>> = {
  'an older copy is put in its place': (world, older) => {
    copyInto(journalPath(world.home), older)
    return Promise.resolve()
  },
  'an older copy of its whole folder is put in its place': (world, older) => {
    const folder = dirname(journalPath(world.home))
    rmSync(folder, { recursive: true })
    renameSync(join(dirname(older), 'old-folder'), folder)
    return Promise.resolve()
  },
  'it is moved out of the way, as a remedy says': (world) => {
    const folder = dirname(journalPath(world.home))
    renameSync(folder, `${folder}.unreadable`)
    return Promise.resolve()
  },
  'an older copy is put in its place and repaired': async (world, older) => {
    copyInto(journalPath(world.home), older)
    expect((await world.call('doctor journal --repair')).code).toBe(0)
  },
  'its log is lost, and the file of what was taken back is damaged': (world, older) => {
    copyInto(journalPath(world.home), older)
    writeFileSync(join(world.home, 'consent', 'taken-back.json'), '[{"project":')
    return Promise.resolve()
  },
}

async function copyFolder(world: LoggedInWorld): Promise<string> {
  const older = join(world.folder, 'older.db')
  expect((await world.call(`sync backup ${older}`)).code).toBe(0)
  cpSync(dirname(journalPath(world.home)), join(world.folder, 'old-folder'), { recursive: true })
  return older
}

for (const [what, lose] of Object.entries(LOSSES))
  spec(
    ['SYNC/C-008', 'SYNC/SC-002', 'SYNC/FR-017'],
    `a consent that was taken back does not come back with the journal that it was in force in: ${what}`,
    async () => {
      await using world = await loggedInWorld({ firstAnswer: 'success' })
      await world.call('agent mission create demo')
      const older = await copyFolder(world)
      await world.call('sync allow --revoke')
      await lose(world, older)
      const preview = await world.call('sync now --dry-run')
      expect(preview.out).not.toMatch(/would be sent|will be sent/)
      await world.call('agent mission create other')
      const now = await world.call('sync now')
      expect(now.out).toContain(PROBLEM)
      expect(world.service.events.size).toBe(0)
      const status = await world.call('sync status --json')
      const { waiting } = status.json['consent'] as { waiting: { remedy: string }[] }
      expect(waiting.length).toBe(1)
      await world.call((waiting[0]?.remedy ?? '').replace('spec-kitty ', ''))
      await world.call('sync now')
      expect(world.service.events.size).toBeGreaterThan(0)
    },
  )

spec(
  ['SYNC/C-008', 'SYNC/FR-017'],
  'a consent that was given again holds, also in a journal that only knows that it was taken back',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    await world.call('sync allow --revoke')
    const older = await copyFolder(world)
    await world.call('sync allow')
    expect((await world.call('sync now')).out).toContain('Synced: 2')
    await world.call('sync allow --revoke')
    await world.call('sync allow')
    await world.call('agent tasks move-task WP01 --to claimed')
    expect((await world.call('sync now')).out).toContain('Synced: 1')
    copyInto(journalPath(world.home), older)
    expect((await world.call('sync now')).out).toContain(PROBLEM)
    await world.call('sync allow')
    expect((await world.call('sync now')).out).toContain('Duplicates: 2')
  },
)

spec(
  ['SYNC/C-008', 'SYNC/FR-017'],
  'nothing is written beside a journal in which nothing was taken back, and only its owner reads what is',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    await world.call('sync now')
    const path = join(world.home, 'consent', 'taken-back.json')
    expect(existsSync(path)).toBe(false)
    await world.call('sync allow --revoke')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    // A home of an earlier version has it in the journal alone: the next command that writes adds it.
    rmSync(dirname(path), { recursive: true })
    openJournal({ home: world.home }).close()
    expect(readFileSync(path, 'utf8')).toContain('robin@canary.example')
  },
)
