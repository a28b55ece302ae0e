import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { eventId, writeQueue } from '../../fixtures/cli/queues.ts'
import { STATUS_FIELDS, STATUS_KEYS } from '../../fixtures/cli/status-fields.ts'
import { cliWorld, loggedInWorld } from '../../fixtures/cli/world.ts'
import { spec } from '../spec.ts'

/** What consumers of 3.2.0rc15 read; written down here so that no change of ours can lose a key. */
const IDENTITY =
  'package_version executable_path source_path server_url team_or_user queue_db_path pid'
const RC15: Readonly<Record<string, string>> = {
  foreground: IDENTITY,
  daemon_owner_record: `${IDENTITY} status port`,
  active_queue: 'path event_count body_upload_count',
  legacy_queue: 'path event_count body_upload_count rows_in_scope',
}
const RC15_TOP =
  'ok exit_code auth_required auth_present live_orphan_daemon_count mismatches orphan_records'

spec(
  ['SYNC/T068', 'SYNC/T075', 'SYNC/NFR-006', 'BOUNDARY/FR-008'],
  'every key that 3.2.0rc15 printed is printed still',
  async () => {
    await using world = cliWorld()
    const { json } = await world.call('sync status --check --json')
    expect(Object.keys(json)).toEqual(expect.arrayContaining(RC15_TOP.split(' ')))
    for (const [section, keys] of Object.entries(RC15))
      expect(Object.keys(json[section] as object)).toEqual(expect.arrayContaining(keys.split(' ')))
  },
)

spec(
  [
    'SYNC/FR-019',
    'SYNC/T064',
    'SYNC/T068',
    'SYNC/T069',
    'SYNC/T070',
    'SYNC/T075',
    'SYNC/NFR-006',
    'SYNC/SC-010',
  ],
  'the seven sections are always there, beside every key of earlier versions',
  async () => {
    await using empty = cliWorld()
    await using used = await loggedInWorld()
    await used.call('agent mission create demo')
    await used.call('sync now')
    for (const world of [empty, used]) {
      const { json } = await world.call('sync status --check --json')
      const sections = Object.keys(STATUS_FIELDS)
      expect(Object.keys(json).sort()).toEqual([...Object.keys(STATUS_KEYS), ...sections].sort())
      for (const [section, keys] of Object.entries(STATUS_FIELDS))
        expect(Object.keys(json[section] as object).sort(), section).toEqual(
          Object.keys(keys).sort(),
        )
    }
  },
)

spec(
  ['BOUNDARY/FR-008', 'BOUNDARY/D-2'],
  'status names version, program, server, login, queues and the daemon with all of its fields',
  async () => {
    await using world = await loggedInWorld()
    await world.call('sync daemon start')
    writeQueue(join(world.home, 'queue.db'), {
      events: [{ id: eventId(1), second: 1 }],
      bodies: [{ mission: 'alpha', path: 'spec.md' }],
    })
    const { json } = await world.call('sync status --json')
    expect(json).toMatchObject({
      auth_required: true,
      auth_present: true,
      live_orphan_daemon_count: 0,
      foreground: {
        server_url: world.service.url,
        auth_principal: 'robin@canary.example',
        auth_team: 'team-robin',
        auth_scope: `${world.service.url}|robin@canary.example|team-robin`,
      },
      daemon_owner_record: {
        status: 'present',
        server_url: world.service.url,
        team_or_user: 'robin@canary.example/team-robin',
      },
      active_queue: { event_count: 0, body_upload_count: 0 },
      legacy_queue: { event_count: 1, body_upload_count: 1, rows_in_scope: 2 },
      daemon: { running: true, health: 'proven', stalled_reason: null },
      mismatches: [],
    })
  },
)

spec(
  ['SYNC/FR-009', 'SYNC/T065', 'SYNC/SC-003', 'SYNC/T070'],
  'retained and delivered are different numbers, per target, and documents are neither',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    await world.call('sync now')
    await world.call('agent mission create second')
    await world.call('agent mission setup-plan --mission second')
    const { json } = await world.call('sync status --json')
    const { retained_event_count: retained } = json['event_journal'] as {
      retained_event_count: number
    }
    expect(json).toMatchObject({
      delivery_ledger: {
        delivered_current_target: 2,
        delivered_previous_target: 0,
        undelivered_current_target: retained - 2,
      },
      body_upload_compatibility: { body_upload_queue_count: 4 },
      active_queue: { event_count: 0, body_upload_count: 4 },
    })
    expect(retained).toBeGreaterThan(6)
  },
)

spec(
  ['SYNC/FR-019', 'BOUNDARY/FR-003', 'SYNC/NFR-001'],
  'status creates, changes and sends nothing, in an empty home and in a full one',
  async () => {
    await using empty = cliWorld()
    await empty.call('sync status --check --json')
    expect(existsSync(empty.home)).toBe(false)
    await using world = await loggedInWorld()
    await world.call('agent mission create demo')
    writeQueue(join(world.home, 'queue.db'), { events: [{ id: eventId(1), second: 1 }] })
    const requests = world.service.requests.length
    const before = contentOf(world.home)
    await world.call('sync status --check --json')
    await world.call('sync status')
    expect(contentOf(world.home)).toEqual(before)
    expect(world.service.requests.length).toBe(requests)
  },
)

/** Every file with its bytes; the index of an open journal is not content. */
function contentOf(folder: string): [string, string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/-(shm|wal)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => [path, readFileSync(path).toString('base64')])
}

spec(
  ['SYNC/T072', 'SYNC/T077', 'SYNC/NFR-001', 'BOUNDARY/FR-013'],
  'a person sees a table within 80 columns, with every complaint',
  async () => {
    await using world = await loggedInWorld()
    writeQueue(join(world.home, 'queue.db'), { bodies: [{ mission: 'alpha', path: 'spec.md' }] })
    const { out, code } = await world.call('sync status --check')
    expect(code).toBe(2)
    const table = out.slice(0, out.indexOf('\n\n')).split('\n')
    expect(table.length).toBeGreaterThan(12)
    for (const line of table) expect(line.length).toBeLessThanOrEqual(80)
    expect(out).toContain('setup-plan stranded mission slug alpha')
    expect(out).toContain('    spec-kitty sync migrate')
  },
)
