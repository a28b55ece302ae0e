import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { eventId, queueRows, writeQueue } from '../../fixtures/cli/queues.ts'
import { cliWorld } from '../../fixtures/cli/world.ts'
import { openCommandContext } from '../../packages/sync-engine/src/context/command-context.ts'
import { spec } from '../spec.ts'
import { foregroundAt, logInAt, migrateAt, rows, stateOf } from './state.ts'

const SCOPED = join('queues', 'queue-0123456789abcdef.db')

spec(
  ['BOUNDARY/FR-003', 'BOUNDARY/SC-1'],
  'rows in the active database are no reason to leave the legacy ones where they are',
  async () => {
    await using world = cliWorld()
    logInAt(world.home)
    const active = foregroundAt(world.home).identity.queue_db_path
    writeQueue(active, { bodies: [{ mission: 'unrelated', path: 'spec.md' }] })
    writeQueue(join(world.home, 'queue.db'), { bodies: [{ mission: 'x', path: 'spec.md' }] })
    expect(migrateAt(world.home).bodies.imported).toBe(1)
    expect(queueRows(active).bodies).toBe(2)
    expect(queueRows(join(world.home, 'queue.db')).bodies).toBe(0)
  },
)

spec(
  ['SYNC/T062', 'SYNC/C-006'],
  'the active database gives up its events and keeps its documents, old columns renamed in place',
  async () => {
    await using world = cliWorld()
    logInAt(world.home)
    const active = foregroundAt(world.home).identity.queue_db_path
    writeQueue(active, {
      generation: 'feature-columns',
      events: [{ id: eventId(1), second: 1 }],
      bodies: [{ mission: 'kept', path: 'spec.md' }],
      failures: [{ mission: 'kept', path: 'plan.md' }],
    })
    expect(migrateAt(world.home).imported).toBe(1)
    expect(queueRows(active)).toEqual({ events: 0, bodies: 1, failures: 1 })
    expect(rows(active, 'SELECT mission_slug FROM body_upload_queue')).toEqual([
      { mission_slug: 'kept' },
    ])
  },
)

spec(
  'BOUNDARY/FR-004',
  'every migrated row is one log line with table and key and no payload',
  async () => {
    await using world = cliWorld()
    logInAt(world.home)
    writeQueue(join(world.home, 'queue.db'), {
      events: [{ id: eventId(7), second: 1, note: 'confidential' }],
      bodies: [{ mission: 'm', path: 'spec.md', body: 'confidential' }],
      failures: [{ mission: 'm', path: 'plan.md' }],
    })
    const finished = await world.call('sync migrate')
    const log = readFileSync(join(world.home, 'logs', 'migration.log'), 'utf8')
    const lines = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.filter((line) => 'table' in line)).toEqual([
      { level: 'info', source: 'legacy', table: 'queue', key: eventId(7) },
      {
        level: 'info',
        source: 'legacy',
        table: 'body_upload_queue',
        key: 'm/spec.md#hash of spec.md',
      },
      {
        level: 'info',
        source: 'legacy',
        table: 'body_upload_failure_log',
        key: 'm/plan.md#hash of plan.md',
      },
    ])
    expect(log + finished.out).not.toContain('confidential')
    expect(finished.out).not.toContain(eventId(7))
  },
)

spec('SYNC/T058', 'a dry run says what would happen and changes no file', async () => {
  await using world = cliWorld()
  logInAt(world.home)
  writeQueue(join(world.home, 'queue.db'), {
    events: [{ id: eventId(1), second: 1 }],
    bodies: [{ mission: 'm', path: 'spec.md' }],
  })
  const before = stateOf(world.home)
  const finished = await world.call('sync migrate --dry-run --json')
  expect(finished.json).toMatchObject({ dryRun: true, imported: 1, bodies: { imported: 1 } })
  expect(stateOf(world.home)).toEqual(before)
})

spec(
  ['BOUNDARY/FR-003', 'BOUNDARY/C-001'],
  'asking for paths and status migrates nothing; only the commands that say so do',
  async () => {
    await using world = cliWorld()
    writeQueue(join(world.home, 'queue.db'), { events: [{ id: eventId(1), second: 1 }] })
    openCommandContext({ env: world.env, version: '1', program: '/x', now: 0 })
    await world.call('sync status --check --json')
    await world.call('sync journal list')
    expect(queueRows(join(world.home, 'queue.db')).events).toBe(1)
    await world.call('sync migrate')
    expect(queueRows(join(world.home, 'queue.db')).events).toBe(0)
  },
)

spec('SYNC/T057', 'documents of another scope wait while nobody is logged in', async () => {
  await using world = cliWorld()
  writeQueue(join(world.home, SCOPED), { bodies: [{ mission: 'm', path: 'spec.md' }] })
  const report = migrateAt(world.home)
  expect(report.sources[0]?.bodies.waiting).toBe(1)
  expect(queueRows(join(world.home, SCOPED)).bodies).toBe(1)
  logInAt(world.home)
  expect(migrateAt(world.home).bodies.imported).toBe(1)
})
