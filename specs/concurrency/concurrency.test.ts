import { execa } from 'execa'
import { expect, vi } from 'vitest'
import { layLogin } from '../../fixtures/cli/login.ts'
import { PROGRAM } from '../../fixtures/cli/world.ts'
import { startWatchingServer } from '../../fixtures/engine/watching-server.ts'
import { spec } from '../spec.ts'
import { captureInto, miscounts, moveTo, watchedWorld, type WatchedWorld } from './world.ts'

/** Words of SQLite and of this program for a lock that somebody else holds. */
const LOCK_ERROR = /locked|busy|SQLITE_|holds the journal/i

async function until(condition: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(condition()).toBe(true), { timeout: 120_000, interval: 20 })
}

spec(
  ['SYNC/T040', 'SYNC/T045', 'SYNC/C-003'],
  'two commands, a daemon and captures on one home: no lock error, nothing posted twice at a time, all stored once',
  async () => {
    await using world = await watchedWorld(3_000)
    expect((await world.run('agent mission create demo')).code).toBe(0)
    expect((await world.run('sync daemon start')).code).toBe(0)
    const commands = ['sync now', 'sync now'].map((line) => world.run(line))
    const moves = (async () => {
      const finished = []
      for (const lane of ['in_progress', 'for_review', 'in_progress'])
        finished.push(
          await world.run(`agent tasks move-task WP01 --to ${lane} --force --note 'in between'`),
        )
      return finished
    })()
    const finished = [...(await Promise.all(commands)), ...(await moves)]
    for (const { code, out, err } of finished) {
      expect(out + err).not.toMatch(LOCK_ERROR)
      expect(code, out + err).toBe(0)
    }
    await world.run('sync now')
    const { json } = await world.run('sync status --json')
    expect(json).toMatchObject({ delivery_ledger: { undelivered_current_target: 0 } })
    expect(world.server.overlaps).toEqual([])
    const retained = (json['event_journal'] as { retained_event_count: number })
      .retained_event_count
    expect(retained).toBeGreaterThan(3_000)
    expect(world.server.arrivals.size).toBe(retained)
    expect([...world.server.arrivals.values()].filter((times) => times !== 1)).toEqual([])
    expect(miscounts(world.home)).toEqual([])
  },
)

/** `sync now` as a process that has a batch under way which the server does not answer. */
async function heldDrain({ server, project, env }: WatchedWorld) {
  server.hold()
  const running = execa(process.execPath, [PROGRAM, 'sync', 'now'], {
    cwd: project,
    env,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  })
  await until(() => server.waiting() > 0)
  return { drain: running }
}

spec(
  ['SYNC/T041', 'SYNC/FR-009'],
  'Ctrl-C during a drain finishes the running batch, records it and leaves a clean state',
  async () => {
    await using world = await watchedWorld(5_000)
    const { drain: running } = await heldDrain(world)
    running.kill('SIGINT')
    // The program must have heard the signal before its batch is answered.
    running.stderr.once('data', () => world.server.release())
    const { exitCode, stdout, stderr } = await running
    expect(stderr).toContain('Finishing the running batch')
    expect(stdout).toContain('Stopped: interrupted')
    expect(exitCode).toBe(1)
    const delivered = world.server.arrivals.size
    expect(delivered).toBeGreaterThan(0)
    expect(delivered).toBeLessThan(5_000)
    const { json } = await world.run('sync status --json')
    expect(json).toMatchObject({
      delivery_ledger: {
        delivered_current_target: delivered,
        undelivered_current_target: 5_000 - delivered,
      },
    })
    expect(miscounts(world.home)).toEqual([])
    expect((await world.run('sync now')).code).toBe(0)
    expect(world.server.arrivals.size).toBe(5_000)
    expect([...world.server.arrivals.values()].filter((times) => times !== 1)).toEqual([])
  },
)

spec(
  ['SYNC/FR-004', 'SYNC/C-003', 'SYNC/FR-005'],
  'a target that never answers stalls no other target',
  async () => {
    await using world = await watchedWorld(1_000)
    await using other = await startWatchingServer(0)
    const { drain: stuck } = await heldDrain(world)
    moveTo(world.home, other)
    const finished = await world.run('sync now')
    expect(finished.code, finished.err).toBe(0)
    expect(other.arrivals.size).toBe(1_000)
    expect(world.server.waiting()).toBeGreaterThan(0)
    stuck.kill('SIGKILL')
    await stuck
  },
)

spec(
  ['SYNC/FR-017', 'SYNC/NFR-003'],
  'a move waits for no network, no daemon and no drain, also when the login has ended',
  async () => {
    await using world = await watchedWorld(2_000)
    await world.run('agent mission create demo')
    world.server.hold()
    await world.run('sync daemon start')
    await until(() => world.server.waiting() > 0)
    layLogin(world.home, world.server.url, 'expired')
    captureInto(world.home, 1_000)
    const asked = world.server.requests()
    const began = performance.now()
    const moved = await world.run(
      "agent tasks move-task WP01 --to in_progress --force --note 'no waiting' --json",
    )
    expect(moved.code, moved.err).toBe(0)
    expect(performance.now() - began).toBeLessThan(8_000)
    expect(moved.json).toMatchObject({ result: 'success', new_lane: 'in_progress' })
    expect(world.server.waiting()).toBeGreaterThan(0)
    expect(world.server.requests()).toBe(asked)
    const listed = await world.run('sync journal list --newest --limit 1 --json')
    expect(listed.json).toMatchObject({ events: [{ event_type: 'WPStatusChanged' }] })
  },
)
