import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'
import { loggedInWorld } from '../../fixtures/cli/world.ts'
import { eventOfSize } from '../../fixtures/engine/events.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { journalPath, openJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'

const PAGE = 4_096

/** How a file is damaged, given where its pages are. */
const DAMAGES: Readonly<Record<string, (file: Buffer) => Buffer>> = {
  'pages are overwritten': (file) => file.fill(0xff, 40 * PAGE, 43 * PAGE),
  'pages of the first tables are overwritten': (file) => file.fill(0, 3 * PAGE, 12 * PAGE),
  'pages lead elsewhere': (file) => {
    for (let page = 5; page * PAGE < file.length; page += 9)
      file.fill(page % 251, page * PAGE + 8, page * PAGE + 14)
    return file
  },
  'it is cut off': (file) => file.subarray(0, Math.floor(file.length / 2)),
}

const LINES = [
  ...['sync status', 'sync status --json', 'sync now', 'sync now --json', 'sync now --dry-run'],
  ...['sync journal list --limit 1000', 'sync journal list --json --limit 1000', 'sync export'],
  ...['sync export copy.jsonl', 'sync import given.jsonl', 'sync gc', 'sync gc --dry-run'],
  ...['sync archive', 'sync backup copy.db', 'sync migrate', 'sync migrate --dry-run'],
  ...['sync failed list', 'sync failed retry --all', 'sync targets', 'sync allow'],
  ...['sync allow --dry-run', 'sync allow --revoke', 'sync mode TEAMSPACE', 'sync producer renew'],
  ...['doctor journal', 'doctor journal --json', 'agent mission create other'],
  'agent tasks move-task WP01 --to claimed --mission demo',
] as const

for (const [what, damage] of Object.entries(DAMAGES))
  spec(
    ['SYNC/SC-002', 'SYNC/FR-017', 'BOUNDARY/FR-008'],
    `no command takes a damaged page for a bug of its own, and none reads round in circles: ${what}`,
    async () => {
      await using world = await loggedInWorld({ firstAnswer: 'success' })
      await world.call('agent mission create demo')
      const journal = openJournal({ home: world.home })
      for (let count = 0; count < 150; count += 1) capture(journal, [eventOfSize(3_000)])
      journal.db.pragma('wal_checkpoint(TRUNCATE)')
      journal.close()
      writeFileSync(`${world.project}/given.jsonl`, `${JSON.stringify(eventOfSize(200))}\n`)
      const path = journalPath(world.home)
      const damaged = damage(readFileSync(path))
      let refused = 0
      for (const line of LINES) {
        for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
        writeFileSync(path, damaged)
        const { code, out, err } = await world.call(line)
        expect([0, 1, 2], `${line}: ${err}`).toContain(code)
        if (line.includes('--json')) expect(() => JSON.parse(out) as object, line).not.toThrow()
        if (code === 2) refused += 1
      }
      expect(refused).toBeGreaterThan(0)
      expect([0, 1]).toContain((await world.call('doctor journal --repair')).code)
      expect((await world.call('doctor journal')).code).toBe(0)
    },
  )
