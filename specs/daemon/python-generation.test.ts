import { execa } from 'execa'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { cliWorld, type CliWorld } from '../../fixtures/cli/world.ts'
import { processStart } from '../../packages/sync-engine/src/base/process-age.ts'
import { spec } from '../spec.ts'
import { endForSure } from './watching.ts'

const PLAYED = join(import.meta.dirname, 'play-python-daemon.ts')

/** Starts a played daemon that serves the home it is given by its environment. */
async function start(home: string, ...words: readonly string[]): Promise<number> {
  const child = execa(process.execPath, [PLAYED, 'run_sync_daemon', ...words], {
    env: { SPEC_KITTY_HOME: home },
    reject: false,
  })
  await once(child.stdout, 'data')
  return child.pid ?? 0
}

async function statusOf(world: CliWorld): Promise<Record<string, unknown>> {
  return (await world.run('sync status --check --json')).json
}

spec(
  ['BOUNDARY/FR-010', 'BOUNDARY/NFR-001'],
  'a daemon of the Python generation is listed, asked to end, and gone',
  async () => {
    await using world = cliWorld()
    mkdirSync(world.home, { recursive: true, mode: 0o700 })
    const pid = await start(world.home, join(world.home, 'sync-daemon'))
    try {
      expect((await world.run('doctor orphan-daemons --json')).json).toMatchObject({
        count: 1,
        pythonDaemons: [{ pid, port: expect.any(Number) as number }],
      })
      expect(await statusOf(world)).toMatchObject({
        live_orphan_daemon_count: 1,
        findings: expect.arrayContaining([
          expect.objectContaining({
            code: 'daemon_python',
            remedy: 'spec-kitty doctor orphan-daemons --retire',
          }),
        ]) as unknown,
      })
      const retired = await world.run('doctor orphan-daemons --retire')
      expect(retired.code, retired.out).toBe(0)
      expect(retired.out + retired.err).not.toContain('secret')
      expect(processStart(pid)).toBeUndefined()
      expect(await statusOf(world)).toMatchObject({ live_orphan_daemon_count: 0 })
    } finally {
      endForSure(pid)
    }
  },
)

spec(
  ['BOUNDARY/FR-010', 'BOUNDARY/C-002'],
  'one that cannot be asked is named with the command that ends it, and never signalled',
  async () => {
    // Elsewhere a process does not tell whose home it serves, so it is not listed at all.
    if (process.platform !== 'linux') return
    await using world = cliWorld()
    mkdirSync(world.home, { recursive: true, mode: 0o700 })
    const pid = await start(world.home, '-')
    try {
      const refused = await world.run('doctor orphan-daemons --retire')
      expect(refused.code).toBe(1)
      expect(refused.out).toContain(`end it: kill ${pid}`)
      expect(processStart(pid)).toBeDefined()
      const { findings } = await statusOf(world)
      expect(findings).toContainEqual(expect.objectContaining({ remedy: `kill ${pid}` }))
    } finally {
      endForSure(pid)
    }
  },
)

spec(
  ['BOUNDARY/FR-010', 'BOUNDARY/NFR-001'],
  'the token of a state file goes to nobody who does not know it already',
  async () => {
    await using world = cliWorld()
    mkdirSync(world.home, { recursive: true, mode: 0o700 })
    const pid = await start(world.home, join(world.home, 'sync-daemon'), 'another')
    try {
      expect((await world.run('doctor orphan-daemons --retire')).code).toBe(1)
      expect(processStart(pid)).toBeDefined()
    } finally {
      endForSure(pid)
    }
  },
)

spec(
  ['BOUNDARY/FR-010', 'BOUNDARY/C-002'],
  'the daemon of another home, and a process that a stale state file names, are left out',
  async () => {
    await using world = cliWorld()
    await using other = cliWorld()
    for (const { home } of [world, other]) mkdirSync(home, { recursive: true, mode: 0o700 })
    const pid = await start(other.home, join(other.home, 'sync-daemon'))
    try {
      expect((await world.run('doctor orphan-daemons --json')).json).toMatchObject({ count: 0 })
      rmSync(join(other.home, 'sync-daemon'))
      expect((await world.run('doctor orphan-daemons --json')).json).toMatchObject({ count: 0 })
    } finally {
      endForSure(pid)
    }
  },
)
