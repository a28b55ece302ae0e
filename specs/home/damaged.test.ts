import fc from 'fast-check'
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect } from 'vitest'
import { eventId, writeQueue } from '../../fixtures/cli/queues.ts'
import { loggedInWorld, type LoggedInWorld } from '../../fixtures/cli/world.ts'
import { spec } from '../spec.ts'

/** What may be found where a file or folder of the home should be. */
const DAMAGES: Readonly<Record<string, (path: string) => void>> = {
  'an empty file': (path) => writeFileSync(path, ''),
  garbage: (path) => writeFileSync(path, Buffer.alloc(5_000, 'not what it was\u0001\n')),
  'other JSON': (path) => writeFileSync(path, '{"a":[]}'),
  'a folder': (path) => {
    mkdirSync(path)
    writeFileSync(join(path, 'x'), 'x')
  },
  'a link to itself': (path) => symlinkSync(path, path),
  nothing: () => undefined,
}

const COMMANDS = [
  'auth status',
  'auth logout',
  'sync status',
  'sync status --check',
  'sync now',
  'sync now --dry-run',
  'sync mode',
  'sync mode LOCAL_RETENTION',
  'sync server http://127.0.0.1:1',
  'sync allow',
  'sync allow --revoke',
  'sync targets',
  'sync producer renew',
  'sync retry --all',
  'sync gc',
  'sync archive',
  'sync backup copy.db',
  'sync export events.jsonl',
  'sync failed list',
  'sync failed retry --all',
  'sync failed export failed.jsonl',
  'sync journal list',
  'sync migrate',
  'sync import in.jsonl',
  'doctor journal',
  'doctor journal --repair',
  'doctor orphan-daemons --retire',
  'sync daemon status',
  'sync daemon stop',
  'agent mission create other',
  'agent mission setup-plan --mission demo',
  'agent tasks move-task WP01 --to in_progress',
]

/** A home in use, with events of every kind and something in each of its files. */
async function usedHome(world: LoggedInWorld): Promise<string[]> {
  await world.call('agent mission create demo')
  await world.call('sync now')
  await world.call('agent tasks move-task WP01 --to claimed')
  await world.call('agent mission setup-plan --mission demo')
  writeQueue(join(world.home, 'queue.db'), { events: [{ id: eventId(1), second: 1 }] })
  writeFileSync(join(world.home, 'config.toml'), '[event_sync]\nmode = "TEAMSPACE"\n')
  writeFileSync(join(world.project, 'in.jsonl'), '{"event_id":"x","event_type":"X"}\n')
  const places = readdirSync(world.home, { recursive: true, withFileTypes: true })
  return places.map(({ parentPath, name }) => relative(world.home, join(parentPath, name)))
}

spec(
  ['SYNC/NFR-001', 'SYNC/FR-019', 'BOUNDARY/NFR-004'],
  'whatever lies where a file of the home should be, no command calls it a bug, and a refusal says what next',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    const places = await usedHome(world)
    const copies = ['home', 'project'].map((name) => {
      const from = join(world.folder, name)
      const kept = join(world.folder, `kept-${name}`)
      cpSync(from, kept, { recursive: true })
      return { from, kept }
    })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...places),
        fc.constantFrom(...Object.keys(DAMAGES)),
        fc.constantFrom(...COMMANDS),
        async (place, damage, command) => {
          for (const { from, kept } of copies) {
            rmSync(from, { recursive: true, force: true })
            cpSync(kept, from, { recursive: true })
          }
          const path = join(world.home, place)
          rmSync(path, { recursive: true, force: true })
          DAMAGES[damage]?.(path)
          const json = await world.call(
            `${command} --json`.replace('mission demo --json', 'mission demo'),
          )
          expect([0, 1, 2, 64]).toContain(json.code)
          expect(json.err).not.toMatch(/\n {4}at /)
          if (json.code === 2) expect(json.out + json.err).toMatch(/remed|next/)
        },
      ),
      { numRuns: 250 },
    )
  },
)

for (const [place, command] of [
  ['clock.db', 'agent mission create other'],
  ['queue', 'sync now'],
  ['queue', 'agent mission setup-plan --mission demo'],
  ['mission', 'agent tasks move-task WP01 --to in_progress'],
] as const)
  spec(
    ['SYNC/NFR-001', 'SYNC/FR-019'],
    `a database of the home that is none any more is named with its remedy: ${place}, ${command}`,
    async () => {
      await using world = await loggedInWorld({ firstAnswer: 'success' })
      const places = await usedHome(world)
      const found = places.find(
        (one) => one.includes(place) && /queue-.*\.db$|clock\.db$|\.lock$/.test(one),
      )
      const path = join(world.home, found!)
      DAMAGES['garbage']?.(path)
      const { code, out, err } = await world.call(command)
      expect([1, 2]).toContain(code)
      expect(out + err).toContain(`mv ${path} ${path}.unreadable`)
      rmSync(path)
      expect((await world.call(command)).code).not.toBe(2)
    },
  )
