import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { loggedInWorld, type LoggedInWorld } from '../../fixtures/cli/world.ts'
import { eventOfSize } from '../../fixtures/engine/events.ts'
import { mountSmallDisk, type SmallDiskKind } from '../../fixtures/engine/small-disk.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { openJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import { eventually } from '../daemon/watching.ts'
import { spec } from '../spec.ts'

/** A home on another disk, with this world's server and login, and some events that wait. */
async function homeOn(world: LoggedInWorld, home: string, events: number) {
  const env = { SPEC_KITTY_HOME: home }
  const login = await world.call('auth login --headless', env)
  expect(login.code).toBe(0)
  await world.call('agent mission create demo', env)
  const journal = openJournal({ home })
  const { json } = await world.call('sync journal list --json', env)
  const [first] = json['events'] as { envelope: { project_uuid: string } }[]
  const project_uuid = first?.envelope.project_uuid ?? ''
  for (let count = 0; count < events; count += 1)
    capture(journal, [{ ...eventOfSize(20_000), project_uuid }], {
      account: 'robin@canary.example',
    })
  journal.close()
  return env
}

for (const kind of ['tmpfs', 'ext4'] as const satisfies readonly SmallDiskKind[])
  spec(
    ['SYNC/T041', 'SYNC/T066', 'SYNC/FR-010', 'SYNC/T014'],
    `on a full ${kind} the program says so to a capture, and drain, gc, doctor and daemon work and make room`,
    async (context) => {
      using disk = mountSmallDisk(32, kind)
      if (disk === undefined) return context.skip('a real file system is mounted; that needs root')
      await using world = await loggedInWorld({ firstAnswer: 'success' })
      const env = await homeOn(world, join(disk.folder, 'home'), 40)
      disk.fill()
      const captured = await world.run(
        `agent tasks move-task WP01 --to claimed --note ${'x'.repeat(9_000)}`,
        env,
      )
      expect([captured.code, captured.err]).toEqual([2, expect.stringContaining('full')])
      const doctor = await world.run('doctor journal', env)
      expect([doctor.code, doctor.err]).toEqual([0, ''])
      disk.fill()
      const now = await world.run('sync now', env)
      expect([now.err, now.code]).toEqual(['', 0])
      expect(world.service.events.size).toBe(42)
      // What the drain took of the reserve is all that gc has.
      const gc = await world.run('sync gc --json', env)
      expect([gc.err, gc.code]).toEqual(['', 0])
      expect(gc.json['removed']).toBe(42)
      expect((await world.run('agent tasks move-task WP01 --to claimed', env)).code).toBe(0)
      disk.free()
    },
  )

spec(
  ['SYNC/T014', 'SYNC/NFR-002', 'SYNC/FR-001'],
  'with any little space left every command ends in order, and the same command works once there is space',
  async (context) => {
    using disk = mountSmallDisk(24)
    if (disk === undefined) return context.skip('a real file system is mounted; that needs root')
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    const refused = new Map<string, number>()
    for (const line of COMMANDS)
      for (let left = 0; left <= MOST_LEFT; left += STEP) {
        const home = join(disk.folder, 'home')
        const env = await homeOn(world, home, 2)
        rmSync(join(home, 'event_journal', 'reserve'), { force: true })
        disk.fill(left)
        const { code, err } = await world.call(line, env)
        if (code === 70) throw new Error(err)
        expect([line, left, [0, 1, 2].includes(code), err.includes('bug')]).toEqual([
          line,
          left,
          true,
          false,
        ])
        disk.free()
        if (code === 2) {
          expect([line, left, err]).toEqual([line, left, expect.stringMatching(/full|space/)])
          refused.set(line, (refused.get(line) ?? 0) + 1)
        }
        const again = await world.call(line, env)
        expect([line, left, again.code], again.err).toEqual([line, left, 0])
        expect([line, left, (await world.call('doctor journal', env)).code]).toEqual([
          line,
          left,
          0,
        ])
        rmSync(home, { recursive: true })
        rmSync(join(world.project, '.spec-kitty'), { recursive: true, force: true })
        rmSync(join(world.project, 'kitty-specs'), { recursive: true, force: true })
      }
    expect(refused.size).toBeGreaterThan(3)
  },
)

const COMMANDS = [
  'sync mode LOCAL_RETENTION',
  'sync server',
  'agent tasks move-task WP01 --to claimed --force',
  'sync now',
  'sync gc',
  'sync migrate',
  'sync producer renew',
  'auth login --headless',
] as const
/** `ENOSPC_STEP=4096` meets every write of every command. */
const STEP = Number(process.env['ENOSPC_STEP'] ?? 131_072)
const MOST_LEFT = 262_144

spec(
  'SYNC/T014',
  'the daemon survives a full disk, says so, and goes on when there is space',
  async (context) => {
    using disk = mountSmallDisk(24)
    if (disk === undefined) return context.skip('a real file system is mounted; that needs root')
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    const home = join(disk.folder, 'home')
    const env = await homeOn(world, home, 2)
    const started = await world.run('sync daemon start', env)
    expect([started.err, started.code]).toEqual(['', 0])
    disk.fill()
    await eventually(async () => {
      const { json } = await world.run('sync daemon status --json', env)
      expect(json).toMatchObject({ running: true, disk_full: true })
    })
    expect((await world.call('sync daemon status', env)).out).toContain('The disk is full')
    expect((await world.call('sync status --json', env)).json['daemon']).toMatchObject({
      stalled_reason: 'the disk is full',
      stalled_remedy: 'spec-kitty sync gc',
    })
    disk.free()
    await eventually(async () => {
      const log = readFileSync(homePaths(home).daemonLog, 'utf8')
      expect(log).toContain('the disk was full and has space again')
      const { json } = await world.run('sync daemon status --json', env)
      expect(json).toMatchObject({ running: true, disk_full: false })
    })
    expect((await world.run('sync daemon stop', env)).code).toBe(0)
    expect(existsSync(join(home, 'daemon', 'owner.json'))).toBe(false)
  },
)
