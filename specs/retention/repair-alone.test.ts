import { execa } from 'execa'
import { cpSync, readdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { cliWorld, loggedInWorld } from '../../fixtures/cli/world.ts'
import { someEvents } from '../../fixtures/engine/events.ts'
import { temporaryHome } from '../../fixtures/engine/home.ts'
import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import { takeLock } from '../../packages/sync-engine/src/daemon/lock.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import {
  journalPath,
  openJournal,
  readJournal,
} from '../../packages/sync-engine/src/journal/journal.ts'
import { readEntries } from '../../packages/sync-engine/src/journal/read.ts'
import { repairJournal } from '../../packages/sync-engine/src/retention/repair.ts'
import { eventually, ownerOf } from '../daemon/watching.ts'
import { spec } from '../spec.ts'

function idsIn(home: string): string[] {
  const journal = readJournal({ home })
  try {
    return readEntries(journal, { limit: 10_000 }).map(({ eventId }) => eventId)
  } finally {
    journal.close()
  }
}

spec(
  ['SYNC/SC-002', 'SYNC/FR-017'],
  'a journal that another process has open is not repaired: what is captured there would be in neither file',
  async () => {
    await using world = cliWorld()
    await world.call('agent mission create demo')
    // Nothing may read the file by another way meanwhile: this process would lose its locks on it.
    const journal = openJournal({ home: world.home })
    const [event] = someEvents(1)
    const refused = await world.run('doctor journal --repair')
    expect([refused.code, refused.err]).toEqual([
      2,
      expect.stringContaining('has the journal open'),
    ])
    capture(journal, [event])
    journal.close()
    expect((await world.run('doctor journal --repair')).code).toBe(0)
    expect(idsIn(world.home)).toContain(event!.event_id)
  },
)

spec(
  ['SYNC/SC-002', 'BOUNDARY/D-2'],
  'a daemon without a record keeps its journal from being repaired, with a remedy that ends it',
  async () => {
    await using world = cliWorld()
    await world.call('agent mission create demo')
    const lock = takeLock(homePaths(world.home).daemonLock, 0)
    const refused = await world.run('doctor journal --repair')
    lock?.release()
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('orphan-daemons')])
    expect((await world.run('doctor journal --repair')).code).toBe(0)
  },
)

spec(
  ['SYNC/SC-002', 'SYNC/FR-017', 'SYNC/C-008'],
  'what commands capture while a journal is repaired again and again is in the journal at the end',
  async () => {
    await using world = cliWorld()
    await world.call('agent mission create demo')
    const made: string[] = []
    for (let round = 0; round < 4; round += 1) {
      const slugs = [`one-${round}`, `two-${round}`, `three-${round}`]
      const [, ...created] = await Promise.all([
        world.run('doctor journal --repair'),
        ...slugs.map((slug) => world.run(`agent mission create ${slug}`)),
      ])
      created.forEach(({ code, err }, at) => {
        expect([0, 2], err).toContain(code)
        if (code === 0) made.push(slugs[at] ?? '')
      })
    }
    expect(made.length).toBeGreaterThan(0)
    const { out } = await world.call('sync export')
    for (const slug of made) expect(out).toContain(`"mission_slug":"${slug}"`)
    expect((await world.call('doctor journal')).out).toContain('sound')
  },
)

spec(
  ['SYNC/SC-002', 'BOUNDARY/D-2'],
  'a daemon that a repair ended runs again after it, and delivers what is captured then; also where it was refused',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    await world.run('sync daemon start')
    const { pid } = ownerOf(world)
    const repaired = await world.call('doctor journal --repair --json')
    expect(repaired.json).toMatchObject({ salvaged: 2, daemon: 'restarted' })
    expect(ownerOf(world).pid).not.toBe(pid)
    await world.call('agent tasks move-task WP01 --to claimed')
    await eventually(async () => {
      const { json } = await world.call('sync status --json')
      expect(json['delivery_ledger']).toMatchObject({ undelivered_current_target: 0 })
    })
    const journal = openJournal({ home: world.home })
    expect((await world.run('doctor journal --repair')).code).toBe(2)
    journal.close()
    expect((await world.call('sync daemon status')).code).toBe(0)
  },
)

const KILLING = fileURLToPath(new URL('repair-kill.ts', import.meta.url))

spec(
  ['SYNC/SC-002', 'SYNC/T014'],
  'a repair that is killed before any of its changes of names leaves every event, also those in the log alone',
  async () => {
    using world = temporaryHome()
    const folder = dirname(journalPath(world.home))
    const journal = openJournal({ home: world.home })
    capture(journal, someEvents(5))
    journal.db.pragma('wal_checkpoint(TRUNCATE)')
    capture(journal, someEvents(5))
    // As a kill leaves it: half of the events are in the log.
    cpSync(folder, `${folder}.killed`, { recursive: true })
    const all = idsIn(world.home)
    journal.close()
    let wasKilled = true
    for (let at = 1; wasKilled; at += 1) {
      expect(at).toBeLessThan(30)
      rmSync(folder, { recursive: true })
      cpSync(`${folder}.killed`, folder, { recursive: true })
      const { signal } = await execa(process.execPath, [KILLING, world.home, String(at)], {
        reject: false,
      })
      wasKilled = signal === 'SIGKILL'
      expect(idsIn(world.home), `killed before change ${at}`).toEqual(all)
      repairJournal(world.home, Date.now)
      expect(idsIn(world.home), `repaired after change ${at}`).toEqual(all)
      expect(readdirSync(folder).filter((name) => name.startsWith('repair-'))).toEqual([])
    }
  },
)
