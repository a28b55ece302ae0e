import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { loggedInWorld } from '../../fixtures/cli/world.ts'
import { mountSmallDisk } from '../../fixtures/engine/small-disk.ts'
import { spec } from '../spec.ts'

/** Commands that only read; each has to answer as it did while the disk could be written to. */
const READ = [
  'sync journal list',
  'sync journal list --json',
  'sync export',
  'sync now --dry-run',
  'sync allow --dry-run',
  'sync targets',
  'doctor journal',
  'auth status',
] as const

/** Commands that have to write; each is refused, and no permission of a file would help. */
const WRITE = [
  'agent mission create other',
  'agent tasks move-task WP01 --to in_progress',
  'sync now',
  'sync gc',
  'sync archive',
  'sync allow',
  'sync allow --revoke',
  'sync mode TEAMSPACE',
  'sync daemon start',
  'doctor journal --repair',
  'auth login --headless',
  'auth logout',
] as const

spec(
  ['SYNC/SC-002', 'SYNC/FR-017', 'BOUNDARY/FR-008', 'BOUNDARY/C-006'],
  'a home on a disk that became read-only is read as before, every change of it is refused, and status says so',
  async (context) => {
    using disk = mountSmallDisk(24)
    if (disk === undefined) return context.skip('a real file system is mounted; that needs root')
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    const env = { SPEC_KITTY_HOME: join(disk.folder, 'home') }
    const run = (line: string) => world.call(line, env)
    for (const line of ['auth login --headless', 'agent mission create demo', 'sync now'])
      expect((await run(line)).code, line).toBe(0)
    await run('agent tasks move-task WP01 --to claimed')
    const before = new Map<string, string>()
    for (const line of READ) before.set(line, (await run(line)).out)
    const session = readFileSync(join(env.SPEC_KITTY_HOME, 'auth', 'session.json'))
    disk.remount('ro')
    try {
      for (const line of READ) {
        const { code, out } = await run(line)
        expect([line, code, out]).toEqual([line, 0, before.get(line)])
      }
      for (const line of WRITE) {
        const { code, err } = await run(line)
        expect([line, code], err).toEqual([line, 2])
        expect(err, line).toContain('mount that file system for writing')
        expect(err, line).not.toMatch(/Code:|chmod/)
      }
      const status = await run('sync status --check --json')
      expect(status.code).toBe(2)
      expect(status.json['ending']).toMatchObject({ word: 'closed', ok: false })
      expect(status.json['event_journal']).toMatchObject({ retained_event_count: 3 })
      const [finding] = status.json['findings'] as { code: string; remedy: string }[]
      expect(finding).toMatchObject({ code: 'home_not_writable' })
      expect(finding?.remedy).toContain('mount that file system for writing')
      expect((await run(`sync backup ${join(world.folder, 'copy.db')}`)).code).toBe(0)
    } finally {
      disk.remount('rw')
    }
    expect(readFileSync(join(env.SPEC_KITTY_HOME, 'auth', 'session.json'))).toEqual(session)
    expect((await run('sync now')).out).toContain('Synced: 1')
    expect((await run('sync status --check')).code).toBe(0)
  },
)
