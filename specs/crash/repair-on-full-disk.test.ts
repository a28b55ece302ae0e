import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { cliWorld } from '../../fixtures/cli/world.ts'
import { eventOfSize } from '../../fixtures/engine/events.ts'
import { mountSmallDisk, type SmallDiskKind } from '../../fixtures/engine/small-disk.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { journalPath, openJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'

const EVENTS = 200

/** From no space at all to enough for all but the last steps: the journal has four megabytes. */
const LEFT = [
  ...[0, 4_096, 20_000, 100_000, 1_000_000, 3_000_000, 4_200_000, 5_000_000, 7_000_000],
  ...[8_600_000, 9_000_000, 9_500_000, 12_000_000, 12_800_000, 13_500_000],
]

for (const kind of ['tmpfs', 'ext4'] as const satisfies readonly SmallDiskKind[])
  spec(
    ['SYNC/SC-002', 'SYNC/FR-017', 'SYNC/T041'],
    `a repair that runs out of space on a ${kind} is refused, and leaves the journal and its folder as they were`,
    async (context) => {
      using disk = mountSmallDisk(48, kind)
      if (disk === undefined) return context.skip('a real file system is mounted; that needs root')
      await using world = cliWorld()
      const home = join(disk.folder, 'home')
      const env = { SPEC_KITTY_HOME: home }
      const journal = openJournal({ home })
      for (let count = 0; count < EVENTS; count += 1) capture(journal, [eventOfSize(20_000)])
      journal.close()
      const refused: number[] = []
      for (const left of LEFT) {
        disk.fill(left)
        const { code, err } = await world.call('doctor journal --repair', env)
        disk.free()
        const names = readdirSync(dirname(journalPath(home)))
        if (code === 2) {
          refused.push(left)
          expect(err, String(left)).toContain('the disk is full')
          expect(
            names.filter((name) => /unreadable|repair-/.test(name)),
            String(left),
          ).toEqual([])
        } else expect([left, code]).toEqual([left, 0])
        expect((await world.call('doctor journal', env)).code, String(left)).toBe(0)
        const { out } = await world.call('sync journal list --limit 1000', env)
        expect(out.trim().split('\n').length, String(left)).toBe(EVENTS)
      }
      expect(refused.length).toBeGreaterThan(5)
      expect((await world.call('doctor journal --repair', env)).code).toBe(0)
    },
  )
