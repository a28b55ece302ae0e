import { execa } from 'execa'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import {
  cliWorld,
  loggedInWorld,
  PROGRAM,
  type CliWorld,
  type LoggedInWorld,
} from '../../fixtures/cli/world.ts'
import { closedToOthers } from '../../fixtures/cli/ordinary-user.ts'
import { anEvent, eventOfSize } from '../../fixtures/engine/events.ts'
import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { journalPath, openJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { stubReceiver } from '../../packages/sync-engine/src/receivers/external.ts'
import { startStubServer } from '../../packages/sync-engine/src/receivers/stub-server.ts'
import { archive } from '../../packages/sync-engine/src/retention/archive.ts'
import { rows } from '../migration/state.ts'
import { spec } from '../spec.ts'

/** Three events, delivered. */
async function delivered(): Promise<LoggedInWorld> {
  const world = await loggedInWorld({ firstAnswer: 'success' })
  await world.call('agent mission create demo --work-packages 2')
  expect((await world.call('sync now')).code).toBe(0)
  return world
}

function retained(home: string): number {
  return rows(journalPath(home), 'SELECT 1 FROM events WHERE envelope IS NOT NULL').length
}

spec(
  ['SYNC/T066', 'SYNC/SC-002'],
  'an event that is delivered while the archive is written stays, for it is in no file',
  async () => {
    await using world = cliWorld()
    await using server = await startStubServer()
    const journal = openJournal({ home: world.home })
    capture(journal, [anEvent()])
    await drain({ journal, receiver: stubReceiver({ endpoint: server.endpoint }) })
    const late = anEvent()
    capture(journal, [late, anEvent()])
    const deliver = (seq: number): void =>
      void journal.db.exec(`INSERT INTO ledger SELECT generation_id, ${seq}, status, attempts,
        first_attempted_at_ms, last_attempted_at_ms, next_attempt_at_ms, http_status, category,
        detail FROM ledger WHERE seq = 1`)
    deliver(3)
    const file = join(world.folder, 'events.gz')
    // The clock is read once the pages are written and the payloads are about to leave.
    let readings = 0
    const now = (): number => {
      readings += 1
      if (readings === 2) deliver(2)
      return Date.now()
    }
    const report = await archive(homePaths(world.home), { now, dryRun: false, file })
    journal.close()
    expect(report.archived).toBe(2)
    expect(gunzipSync(readFileSync(file)).toString()).not.toContain(late.event_id)
    const kept = rows(
      journalPath(world.home),
      'SELECT event_id FROM events WHERE envelope NOT NULL',
    )
    expect(kept).toEqual([{ event_id: late.event_id }])
  },
)

spec(
  'SYNC/T066',
  'what cannot be written is refused with the reason, and nothing leaves',
  async ({ skip }) => {
    skip(closedToOthers() !== undefined, closedToOthers())
    await using world = await delivered()
    writeFileSync(join(world.folder, 'plain'), '')
    const refused = await world.call(`sync archive --json --file ${world.folder}/plain/x.gz`)
    expect([refused.code, refused.json['error_code']]).toEqual([2, 'archive-invalid'])
    const locked = join(world.folder, 'locked')
    mkdirSync(locked)
    chmodSync(locked, 0o500)
    const denied = await world.runAsOrdinaryUser(`sync archive --json --file ${locked}/x.gz`)
    expect([denied.code, denied.json['error_code']]).toEqual([2, 'archive-invalid'])
    expect(denied.json['error']).toContain('you may not use it')
    expect(retained(world.home)).toBe(3)
  },
)

spec(
  'SYNC/T066',
  'a draft that a killed archive left is in nobody’s way, and none stays behind',
  async () => {
    await using world = await delivered()
    writeFileSync(join(world.folder, 'events.gz.draft'), 'left over')
    expect((await world.call(`sync archive --file ${world.folder}/events.gz`)).code).toBe(0)
    expect(readdirSync(world.folder).sort()).toEqual([
      'events.gz',
      'events.gz.draft',
      'home',
      'project',
    ])
    expect(statSync(join(world.folder, 'events.gz')).mode & 0o777).toBe(0o600)
  },
)

spec(
  'SYNC/T066',
  'a file that appears under the name while the archive is written is left alone',
  async () => {
    await using world = await delivered()
    const file = join(world.folder, 'events.gz')
    // The clock is first read when the name was found free and the draft is begun.
    const now = (): number => {
      writeFileSync(file, 'precious')
      return Date.now()
    }
    const making = archive(homePaths(world.home), { now, dryRun: false, file })
    await expect(making).rejects.toMatchObject({ code: 'archive-invalid', where: file })
    expect(readFileSync(file, 'utf8')).toBe('precious')
    expect(readdirSync(world.folder).sort()).toEqual(['events.gz', 'home', 'project'])
    expect(retained(world.home)).toBe(3)
  },
)

spec(
  'SYNC/T066',
  'of two archives into one name one is made, and it holds every event',
  async () => {
    await using world = await delivered()
    const file = join(world.folder, 'events.gz')
    const both = await Promise.all(
      [1, 2].map(() => world.run(`sync archive --json --file ${file}`)),
    )
    expect(both.filter(({ json }) => json['path'] === file)).toHaveLength(1)
    expect(gunzipSync(readFileSync(file)).toString().trim().split('\n')).toHaveLength(5)
    expect(retained(world.home)).toBe(0)
  },
)

spec('SYNC/T066', 'a dry run of either command writes nothing at all', async () => {
  await using world = await delivered()
  const before = readFileSync(journalPath(world.home))
  const gc = await world.run('sync gc --dry-run --json')
  const kept = await world.run('sync archive --dry-run --json')
  expect(gc.json).toMatchObject({ removed: 3, dryRun: true })
  expect(kept.json).toMatchObject({ archived: 3, path: null, dryRun: true })
  expect(readFileSync(journalPath(world.home)).equals(before)).toBe(true)
  expect(existsSync(homePaths(world.home).archives)).toBe(false)
})

spec(
  ['SYNC/FR-010', 'SYNC/T073'],
  'no other command removes a payload: everything is there after each of them',
  async () => {
    await using world = await delivered()
    for (const line of [
      'sync now',
      'sync status --check',
      'sync migrate',
      'sync mode OPT_OUT',
      'sync mode TEAMSPACE',
      'sync retry --all',
      'doctor journal',
      'sync daemon restart',
      'sync daemon stop',
      'auth logout',
    ])
      await world.call(line)
    expect(retained(world.home)).toBe(3)
  },
)

spec(
  ['SYNC/T066', 'SYNC/NFR-004'],
  'archive and import hold a part of the payloads in memory, never all of them',
  async () => {
    await using world = cliWorld()
    await using server = await startStubServer({ maxBytes: 2 ** 30 })
    const journal = openJournal({ home: world.home })
    const count = 4_000
    capture(
      journal,
      Array.from({ length: count }, () => eventOfSize(20_000)),
    )
    await drain({ journal, receiver: stubReceiver({ endpoint: server.endpoint }) })
    journal.close()
    const file = join(world.folder, 'large.gz')
    // 80 MB of events, and a program that may hold 40 MB of everything. It marks garbage all at once:
    // marked in steps, what is dropped meanwhile counts, and how much that is depends on the machine.
    const limits = ['--max-old-space-size=40', '--no-incremental-marking']
    const inLittleMemory = async ({ project, env }: CliWorld, ...words: string[]) => {
      const program = [...limits, PROGRAM, 'sync', ...words, '--json']
      const result = await execa(process.execPath, program, { cwd: project, env, extendEnv: false })
      return JSON.parse(result.stdout) as unknown
    }
    await using other = cliWorld()
    expect(await inLittleMemory(world, 'archive', '--file', file)).toMatchObject({
      archived: count,
    })
    expect(await inLittleMemory(other, 'import', file)).toMatchObject({ imported: count })
  },
)
