import { agreeToFixtures } from '../../fixtures/engine/consent.ts'
import { execa } from 'execa'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { cliWorld, loggedInWorld, type CliWorld } from '../../fixtures/cli/world.ts'
import { someEvents } from '../../fixtures/engine/events.ts'
import { recount } from '../../packages/sync-engine/src/delivery/recount.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import {
  journalPath,
  openJournal,
  readJournal,
} from '../../packages/sync-engine/src/journal/journal.ts'
import { rows } from '../migration/state.ts'
import { spec } from '../spec.ts'

const PROGRAM = fileURLToPath(new URL('./killed.ts', import.meta.url))

/** Runs the work in a process of its own that kills itself; false once it ended by itself. */
async function isKilled(...words: readonly string[]): Promise<boolean> {
  const { signal, exitCode } = await execa(process.execPath, [PROGRAM, ...words], { reject: false })
  if (signal !== 'SIGKILL') expect(exitCode).toBe(0)
  return signal === 'SIGKILL'
}

function retained({ home }: CliWorld): string[] {
  return rows(journalPath(home), 'SELECT event_id FROM events WHERE envelope IS NOT NULL').map(
    (row) => (row as { event_id: string }).event_id,
  )
}

function expectSound({ home }: CliWorld): void {
  const journal = readJournal({ home })
  expect(recount(journal)).toEqual([])
  journal.close()
}

spec(
  ['SYNC/T066', 'SYNC/FR-010'],
  'a kill anywhere in an archive loses nothing: what left the journal is in a file',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    const journal = openJournal({ home: world.home })
    // More than the rows of one transaction, so that a kill can strike between two of them.
    capture(journal, someEvents(1_200))
    agreeToFixtures(journal)
    journal.close()
    expect((await world.call('sync now')).code).toBe(0)
    const all = retained(world)
    const states: string[] = []
    let at = 1
    while (await isKilled('archive', world.home, join(world.folder, `${at}.gz`), String(at))) {
      expectSound(world)
      const isPublished = existsSync(join(world.folder, `${at}.gz`))
      const left = all.length - retained(world).length
      expect(left === 0 || isPublished).toBe(true)
      states.push(`${isPublished ? 'file' : 'no file'}, ${left === 0 ? 'nothing' : 'a part'} left`)
      at += 1
    }
    expect(states).toEqual(['no file, nothing left', 'file, nothing left', 'file, a part left'])
    expect(retained(world)).toEqual([])
    expect(readdirSync(world.folder).filter((name) => name.endsWith('.draft'))).toEqual([])
    await using other = cliWorld()
    for (const name of readdirSync(world.folder).filter((file) => file.endsWith('.gz')))
      expect((await other.call(`sync import ${join(world.folder, name)}`)).code).toBe(0)
    expect(retained(other).sort()).toEqual([...all].sort())
  },
)

spec(
  ['SYNC/FR-018', 'SYNC/NFR-003'],
  'a kill anywhere in an import and a second import end as an undisturbed one does',
  async () => {
    await using world = cliWorld()
    const journal = openJournal({ home: world.home })
    capture(journal, someEvents(2_500))
    journal.close()
    const file = join(world.folder, 'events.jsonl')
    await world.call(`sync export ${file}`)
    for (let at = 1; ; at += 1) {
      await using other = cliWorld()
      const killed = await isKilled('import', other.home, file, String(at))
      expect((await other.call(`sync import ${file}`)).code).toBe(0)
      expectSound(other)
      expect((await other.call('sync export')).out).toBe((await world.call('sync export')).out)
      const provenance = rows(journalPath(other.home), 'SELECT DISTINCT source FROM provenance')
      expect(provenance).toEqual([{ source: `import:${file}` }])
      const count = rows(journalPath(other.home), 'SELECT 1 FROM provenance').length
      expect(count).toBe(2_500)
      if (!killed) break
      expect(at, 'the import must end').toBeLessThan(20)
    }
  },
)
