import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { eventId, queueRows, writeQueue } from '../../fixtures/cli/queues.ts'
import { loggedInWorld, PROGRAM, type LoggedInWorld } from '../../fixtures/cli/world.ts'
import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import { readOwner, writeOwner } from '../../packages/sync-engine/src/context/owner.ts'
import { spec } from '../spec.ts'

const SCOPED = join('queues', 'queue-0123456789abcdef.db')

async function activeQueue(world: LoggedInWorld): Promise<string> {
  const { json } = await world.run('sync status --json')
  return (json['active_queue'] as { path: string }).path
}

spec(
  ['BOUNDARY/SC-1', 'BOUNDARY/SC-2', 'BOUNDARY/FR-001', 'BOUNDARY/FR-003'],
  'legacy rows of any mission move to the active scope once, although it holds unrelated rows',
  async () => {
    await using world = await loggedInWorld()
    const active = await activeQueue(world)
    const legacy = join(world.home, 'queue.db')
    writeQueue(active, { bodies: [{ mission: 'unrelated', path: 'spec.md' }] })
    writeQueue(legacy, {
      events: [{ id: eventId(1), second: 1 }],
      bodies: ['x', 'of-another-scope'].map((mission) => ({ mission, path: 'spec.md' })),
      failures: [{ mission: 'x', path: 'plan.md' }],
    })
    const moved = await world.run('sync migrate --json')
    expect(moved.json).toMatchObject({
      imported: 1,
      bodies: { imported: 2 },
      failureLog: { imported: 1 },
    })
    expect(await activeQueue(world)).toBe(active)
    expect(queueRows(active)).toEqual({ events: 0, bodies: 3, failures: 1 })
    expect(queueRows(legacy)).toEqual({ events: 0, bodies: 0, failures: 0 })
    const again = await world.run('sync migrate --json')
    expect(again.json).toMatchObject({ imported: 0, bodies: { imported: 0 } })
    expect(queueRows(active)).toEqual({ events: 0, bodies: 3, failures: 1 })
  },
)

/** The same program in another checkout: other paths, one content. */
function anotherCheckout(folder: string): string {
  const root = join(PROGRAM, '..', '..', '..', '..')
  const checkout = join(folder, 'checkout-b')
  mkdirSync(checkout)
  for (const part of [join('packages', 'spec-kitty'), 'package.json'])
    cpSync(join(root, part), join(checkout, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'))
  return join(checkout, 'packages', 'spec-kitty', 'bin', 'spec-kitty.js')
}

spec(
  ['BOUNDARY/SC-3', 'BOUNDARY/FR-009', 'BOUNDARY/FR-007'],
  'beside a daemon of checkout A the check of checkout B fails and names program and checkout',
  async () => {
    await using world = await loggedInWorld()
    expect((await world.run('sync daemon start')).code).toBe(0)
    const program = anotherCheckout(world.folder)
    const inB = (...words: string[]) =>
      execa(process.execPath, [program, ...words], {
        cwd: world.project,
        env: world.env,
        extendEnv: false,
        reject: false,
      })
    const check = await inB('sync', 'status', '--check')
    expect(check.exitCode).toBe(2)
    expect(check.stdout).toContain('executable_path, source_checkout_path')
    expect(check.stdout).toContain('spec-kitty sync daemon restart')
    const now = await inB('sync', 'now')
    expect(now.exitCode).toBe(2)
    expect(now.stderr).toContain('executable_path')
    expect((await world.run('sync status --check')).code).toBe(0)
  },
)

spec(
  ['BOUNDARY/SC-4', 'BOUNDARY/FR-011'],
  'with sync on and no login setup-plan ends non-zero and no document is queued anywhere',
  async () => {
    await using world = await loggedInWorld()
    await world.run('agent mission create demo')
    await world.run('auth logout')
    const before = readdirSync(world.home, { recursive: true })
    const refused = await world.run('agent mission setup-plan --mission demo --json')
    expect(refused.code).toBe(2)
    expect(refused.json).toMatchObject({ error_code: 'SAAS_SYNC_UNAUTHENTICATED' })
    expect(readdirSync(world.home, { recursive: true })).toEqual(before)
    expect(before.filter((name) => String(name).includes('queue'))).toEqual([])
  },
)

spec(
  ['BOUNDARY/SC-5', 'BOUNDARY/FR-012'],
  'with a session every document of setup-plan lies in the active scope and none in the legacy queue',
  async () => {
    await using world = await loggedInWorld()
    await world.run('agent mission create demo')
    expect((await world.run('agent mission setup-plan --mission demo')).code).toBe(0)
    const active = await activeQueue(world)
    expect(active).toContain(join(world.home, 'queues', 'queue-'))
    expect(queueRows(active).bodies).toBeGreaterThan(0)
    expect(existsSync(join(world.home, 'queue.db'))).toBe(false)
  },
)

spec(
  ['BOUNDARY/SC-6', 'BOUNDARY/FR-010'],
  'a daemon that died is listed as an orphan until it is retired',
  async () => {
    await using world = await loggedInWorld()
    await world.run('sync daemon start')
    const owner = readOwner(homePaths(world.home).owner)
    if (owner.kind !== 'present') throw new Error(`the owner record is ${owner.kind}`)
    await world.run('sync daemon stop')
    const dead = spawn(process.execPath, ['--eval', ''])
    await once(dead, 'exit')
    writeOwner(homePaths(world.home).owner, { ...owner.record, pid: dead.pid ?? 0 })
    const check = await world.run('sync status --check --json')
    expect(check.code).toBe(2)
    expect(check.json['orphan_records']).toMatchObject([{ pid: dead.pid }])
    expect((await world.run('doctor orphan-daemons --retire')).code).toBe(0)
    expect((await world.run('sync status --check')).code).toBe(0)
  },
)

spec(
  ['SYNC/SC-006', 'SYNC/SC-011'],
  'several databases keep every payload, and only a divergent duplicate keeps its source from clean-up',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    const twice = { id: eventId(1), second: 1, note: 'one' }
    writeQueue(join(world.home, 'queue.db'), { events: [twice, { id: eventId(2), second: 2 }] })
    writeQueue(join(world.home, SCOPED), {
      events: [
        { ...twice, note: 'other' },
        { id: eventId(3), second: 3 },
      ],
    })
    const third = join(world.home, 'queues', 'queue-fedcba9876543210.db')
    writeQueue(third, { generation: 'feature-columns', events: [{ id: eventId(2), second: 2 }] })
    const moved = await world.run('sync migrate --json')
    expect(moved.code).toBe(1)
    expect(moved.json).toMatchObject({ imported: 3, deduplicated: 1, conflicts: 1 })
    expect(queueRows(join(world.home, 'queue.db')).events).toBe(0)
    expect(queueRows(third).events).toBe(0)
    expect(queueRows(join(world.home, SCOPED)).events).toBe(2)
    expect((await world.run('sync migrate --resolve keep-existing --all')).code).toBe(0)
    expect(queueRows(join(world.home, SCOPED)).events).toBe(0)
    // Rows of an old queue wait until a person agrees to send their project.
    const accounts = ['', ...[SCOPED, third].map((path) => ` --account ${basename(path, '.db')}`)]
    for (const account of accounts)
      expect((await world.run(`sync allow --all${account}`)).code).toBe(0)
    expect((await world.run('sync now')).code).toBe(0)
    expect([...world.service.events.keys()].sort()).toEqual([1, 2, 3].map(eventId))
  },
)

spec(
  ['SYNC/SC-009', 'SYNC/SC-010'],
  'events captured with sync off carry the reason and are delivered once it is on; status has its sections',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    const off = { SPEC_KITTY_ENABLE_SAAS_SYNC: '0' }
    await world.run('agent mission create demo', off)
    const listed = await world.run('sync journal list --json')
    const { events } = listed.json as { events: { drain_blocked_reason: string }[] }
    expect(events.map((event) => event.drain_blocked_reason)).toEqual(
      events.map(() => 'saas_disabled'),
    )
    expect(world.service.events.size).toBe(0)
    expect((await world.run('sync now')).code).toBe(0)
    expect(world.service.events.size).toBe(events.length)
    const status = await world.run('sync status --json')
    for (const section of [
      'target_authority',
      'event_journal',
      'delivery_targets',
      'delivery_ledger',
      'migration_conflicts',
      'terminal_failures',
      'body_upload_compatibility',
    ])
      expect(status.json).toHaveProperty(section)
    const after = await world.run('sync journal list --json')
    expect(after.json).toMatchObject({ events: events.map(() => ({ drain_blocked_reason: null })) })
  },
)
