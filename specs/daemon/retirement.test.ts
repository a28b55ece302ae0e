import { execa } from 'execa'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, vi } from 'vitest'
import { loggedInWorld } from '../../fixtures/cli/world.ts'
import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import { removeOwner, writeOwner } from '../../packages/sync-engine/src/context/owner.ts'
import { processStart } from '../../packages/sync-engine/src/base/process-age.ts'
import { askDaemon, orderDaemon } from '../../packages/sync-engine/src/daemon/client.ts'
import { takeLock } from '../../packages/sync-engine/src/daemon/lock.ts'
import { spec } from '../spec.ts'
import { endForSure, eventually, ownerOf } from './watching.ts'

spec('BOUNDARY/D-4', 'a daemon retires when it is idle, and removes its record', async () => {
  await using world = await loggedInWorld()
  await world.call('sync daemon start', { SPEC_KITTY_DAEMON_IDLE_MS: '300' })
  await eventually(() => expect(existsSync(homePaths(world.home).owner)).toBe(false))
  expect(readFileSync(homePaths(world.home).daemonLog, 'utf8')).toContain('retired: idle')
})

spec(
  'BOUNDARY/D-4',
  'a daemon that the record no longer names retires and touches no other record',
  async () => {
    await using world = await loggedInWorld()
    await world.call('sync daemon start')
    const owner = ownerOf(world)
    const successor = { ...owner, pid: process.pid, token: 'another' }
    writeOwner(homePaths(world.home).owner, successor)
    await eventually(() => expect(processStart(owner.pid)).toBeUndefined())
    expect(ownerOf(world)).toEqual(successor)
    rmSync(homePaths(world.home).owner)
  },
)

spec(
  ['BOUNDARY/D-3', 'SYNC/FR-016'],
  'a daemon retires when login or server change under it',
  async () => {
    await using world = await loggedInWorld()
    await world.call('sync daemon start')
    await world.call('auth logout')
    await eventually(() => expect(existsSync(homePaths(world.home).owner)).toBe(false))
    expect(readFileSync(homePaths(world.home).daemonLog, 'utf8')).toContain(
      'retired: identity-changed',
    )
  },
)

spec(
  ['BOUNDARY/C-002', 'BOUNDARY/NFR-001'],
  'a process that a record merely names is never signalled; only the record goes',
  async () => {
    await using world = await loggedInWorld()
    const bystander = execa(process.execPath, ['--eval', 'setTimeout(() => {}, 60_000)'], {
      reject: false,
    })
    const pid = bystander.pid!
    try {
      await world.call('sync daemon start')
      const real = ownerOf(world)
      await world.call('sync daemon stop')
      writeOwner(homePaths(world.home).owner, {
        ...real,
        pid,
        started_at: new Date().toISOString(),
      })
      const stopped = await world.call('sync daemon stop --json')
      expect(stopped.json).toMatchObject({ state: 'record-removed' })
      expect(processStart(pid)).toBeDefined()
    } finally {
      endForSure(pid)
      await bystander
    }
  },
)

spec('BOUNDARY/FR-010', 'a daemon without a record is listed and retires by itself', async () => {
  await using world = await loggedInWorld()
  await world.call('sync daemon start', { SPEC_KITTY_DAEMON_TICK_MS: '5000' })
  const { pid } = ownerOf(world)
  rmSync(homePaths(world.home).owner)
  // A process this young may still be starting; it counts once it is three seconds old.
  await vi.waitFor(
    async () => {
      const listed = await world.call('doctor orphan-daemons --json')
      expect(listed.json).toMatchObject({ processes: [pid] })
    },
    { timeout: 120_000, interval: 200 },
  )
  expect((await world.call('sync status --check --json')).json).toMatchObject({
    live_orphan_daemon_count: 1,
  })
  expect((await world.call('doctor orphan-daemons --retire')).code).toBe(0)
  expect(processStart(pid)).toBeUndefined()
})

spec(
  ['BOUNDARY/D-4', 'BOUNDARY/C-002'],
  'a daemon that hangs is ended by a signal, because it provably holds the lock of this home',
  async () => {
    // Elsewhere nothing proves it, and then no signal is sent.
    if (process.platform !== 'linux') return
    await using world = await loggedInWorld()
    await world.call('sync daemon start')
    const { pid } = ownerOf(world)
    process.kill(pid, 'SIGSTOP')
    try {
      expect((await world.call('sync status --check --json')).json).toMatchObject({
        daemon: { health: 'silent', stalled_reason: 'it does not answer' },
      })
      expect((await world.call('sync daemon restart --json')).json).toMatchObject({
        stopped: 'stopped',
      })
      expect(processStart(pid)).toBeUndefined()
      expect(ownerOf(world).pid).not.toBe(pid)
    } finally {
      endForSure(pid)
    }
  },
)

spec('BOUNDARY/D-4', 'a start waits for a daemon that is just letting go of the lock', async () => {
  await using world = await loggedInWorld()
  const lock = takeLock(homePaths(world.home).daemonLock, 0)
  const starting = world.call('sync daemon start --json')
  await sleep(1_000)
  lock?.release()
  const started = await starting
  expect(started.json).toMatchObject({ state: 'started' })
  await world.call('sync daemon stop')
})

spec(
  ['BOUNDARY/D-4', 'BOUNDARY/FR-006'],
  'a daemon that is woken in the middle of a delivery looks around as soon as that is over',
  async () => {
    const slow = { route: 'POST /api/v1/events/batch/', delayMs: 2_000 }
    const faults = [{ ...slow, effect: { kind: 'slow' } }] as const
    await using world = await loggedInWorld({ faults })
    await world.call('agent mission create demo')
    await world.call('sync daemon start', { SPEC_KITTY_DAEMON_TICK_MS: '60000' })
    const owner = ownerOf(world)
    await eventually(async () => {
      const answer = await askDaemon(owner)
      expect(answer).toMatchObject({ health: { sync: { running: true } } })
    })
    removeOwner(homePaths(world.home).owner)
    try {
      expect(await orderDaemon(owner, 'trigger')).toBe(true)
      await eventually(() => expect(processStart(owner.pid)).toBeUndefined())
    } finally {
      endForSure(owner.pid)
    }
  },
)
