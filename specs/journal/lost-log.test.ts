import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect } from 'vitest'
import { cliWorld, loggedInWorld, type CliWorld } from '../../fixtures/cli/world.ts'
import { someEvents } from '../../fixtures/engine/events.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { journalPath, openJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'

async function codes(world: CliWorld): Promise<string[]> {
  const { json } = await world.call('sync status --check --json')
  return (json['findings'] as { code: string }[]).map(({ code }) => code)
}

/** The journal file as it is while its log holds the newest events; the log itself is lost. */
function loseLog(world: CliWorld, events: number): void {
  const path = journalPath(world.home)
  const journal = openJournal({ home: world.home })
  capture(journal, someEvents(events))
  const file = readFileSync(path)
  journal.close()
  writeFileSync(path, file)
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
}

spec(
  ['SYNC/SC-002', 'SYNC/FR-017', 'BOUNDARY/FR-008'],
  'a journal whose log was lost is not taken for a sound one: status and doctor say what is missing, repair ends it',
  async () => {
    await using world = cliWorld()
    await world.call('agent mission create demo')
    loseLog(world, 5)
    expect(await codes(world)).toContain('events_lost')
    const doctor = await world.call('doctor journal')
    expect([doctor.code, doctor.out]).toEqual([1, expect.stringContaining('events 3 to 7')])
    // Captures go on, and do not cover it up.
    expect((await world.call('agent tasks move-task WP01 --to claimed')).code).toBe(0)
    expect(await codes(world)).toContain('events_lost')
    const repaired = await world.call('doctor journal --repair --json')
    expect([repaired.code, repaired.json['salvaged']]).toEqual([0, 3])
    expect(await codes(world)).not.toContain('events_lost')
    expect((await world.call('doctor journal')).code).toBe(0)
  },
)

spec(
  ['SYNC/SC-002', 'SYNC/FR-017'],
  'a journal whose tables were all in a lost log is refused by every command, and stays as it is',
  async () => {
    await using world = cliWorld()
    loseLog(world, 5)
    const path = journalPath(world.home)
    const left = readFileSync(path)
    for (const line of ['sync journal list', 'agent mission create demo', 'sync gc']) {
      const { code, err } = await world.call(line)
      expect([line, code, err]).toEqual([line, 2, expect.stringContaining('log was lost')])
    }
    expect(readFileSync(path).equals(left)).toBe(true)
    expect((await world.call('doctor journal --repair')).code).toBe(0)
    expect((await world.call('agent mission create demo')).code).toBe(0)
  },
)

spec(
  ['SYNC/SC-002', 'SYNC/FR-017'],
  'an older copy in the place of the journal is noticed, a kill and a copy with its log are no loss',
  async () => {
    await using world = cliWorld()
    await world.call('agent mission create demo')
    const path = journalPath(world.home)
    expect((await world.call('sync backup old.db')).code).toBe(0)
    const journal = openJournal({ home: world.home })
    capture(journal, someEvents(3))
    // What a kill leaves behind, put in the place of what was closed in an orderly way.
    mkdirSync(`${dirname(path)}.killed`)
    const names = readdirSync(dirname(path))
    for (const name of names)
      copyFileSync(`${dirname(path)}/${name}`, `${dirname(path)}.killed/${name}`)
    journal.close()
    for (const name of names)
      copyFileSync(`${dirname(path)}.killed/${name}`, `${dirname(path)}/${name}`)
    expect(await codes(world)).not.toContain('events_lost')
    expect((await world.call('doctor journal')).code).toBe(0)
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
    copyFileSync(`${world.project}/old.db`, path)
    expect(await codes(world)).toContain('events_lost')
  },
)

spec(
  ['SYNC/SC-002', 'SYNC/FR-019'],
  'a delivery says that events are missing until a repair ended it, and does not call everything delivered',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    loseLog(world, 5)
    for (let time = 0; time < 2; time += 1) {
      const sent = await world.call('sync now')
      expect(sent.out).toContain('events 3 to 7 were captured and are not in the journal')
      expect(sent.out).toContain('next: spec-kitty doctor journal --repair')
      expect(sent.out).not.toContain('Nothing is left to deliver')
    }
    expect((await world.call('sync now --json')).json['events_lost']).toContain('events 3 to 7')
    await world.call('doctor journal --repair')
    const after = await world.call('sync now')
    expect(after.out).toContain('Nothing is left to deliver')
    expect((await world.call('sync now --json')).json['events_lost']).toBeNull()
  },
)

/** Every command that reads or writes events, in an order in which each of them has something to do. */
const DOORS = [
  'agent mission create other',
  'agent tasks move-task WP01 --to claimed --mission demo',
  'sync journal list',
  'sync journal list --json',
  'sync export',
  'sync export copy.jsonl',
  'sync import given.jsonl',
  'sync archive --dry-run',
  'sync archive',
  'sync gc --dry-run',
  'sync gc --json',
  'sync backup copy.db',
  'sync backup copy-2.db --json',
  'sync migrate --dry-run',
  'sync migrate',
  'sync retry --all',
  'sync failed list',
  'sync failed list --json',
  'sync targets',
  'sync allow --dry-run',
  'sync allow',
  'sync now --dry-run',
] as const

spec(
  ['SYNC/SC-002', 'SYNC/FR-017', 'SYNC/FR-018', 'SYNC/FR-010'],
  'whatever a command does with events, it says that some are missing, until a repair ended it',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    writeFileSync(`${world.project}/given.jsonl`, `${JSON.stringify(someEvents(1)[0])}\n`)
    const said = 'events 3 to 7 were captured and are not in the journal'
    loseLog(world, 5)
    for (const line of DOORS) {
      const { code, out, err } = await world.call(line)
      expect([0, 1], line + err).toContain(code)
      expect(err, line).toContain(said)
      expect(err, line).toContain('next: spec-kitty doctor journal --repair')
      if (line.endsWith('--json'))
        expect((JSON.parse(out) as Record<string, unknown>)['events_lost'], line).toContain(said)
    }
    await world.call('doctor journal --repair')
    for (const line of ['sync gc', 'sync journal list', 'sync export'])
      expect((await world.call(line)).err, line).toBe('')
  },
)
