import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { eventId, writeQueue } from '../../fixtures/cli/queues.ts'
import { loggedInWorld, type LoggedInWorld } from '../../fixtures/cli/world.ts'
import { startHostedService } from '../../fixtures/service/index.ts'
import { journalPath } from '../../packages/sync-engine/src/journal/journal.ts'
import { queueDbPath } from '../../packages/sync-engine/src/target/scope.ts'
import { spec } from '../spec.ts'
import { countedQueues, countedSections } from './databases.ts'

const LOGIN = { team: 'team-robin', email: 'robin@canary.example' }
const SCOPED = join('queues', 'queue-0123456789abcdef.db')
const BODY = { mission: 'alpha', path: 'spec.md' }

/** A state of a home, and numbers of it that must not be nothing, so that the state is what it says. */
interface State {
  readonly limitBytes?: number
  readonly drainDelayMs?: number
  readonly make: (world: LoggedInWorld, url: string) => Promise<void>
  /** Queue databases of other scopes that still hold rows. */
  readonly others?: readonly string[]
  readonly notable: Readonly<Record<string, object>>
}

const STATES: Readonly<Record<string, State>> = {
  'two targets, one of which still answers that it has the events in work': {
    drainDelayMs: 60_000,
    make: async (world, url) => {
      await world.call('agent mission create demo --work-packages 3')
      await world.call('auth login --headless', at(url))
      await world.call('sync now', at(url))
      await world.call('auth login --headless')
      await world.call('sync now')
      await world.call('agent mission create second')
      await world.call('agent mission setup-plan --mission second')
    },
    notable: {
      event_journal: { retained_event_count: 12, archived_event_count: 0 },
      delivery_ledger: {
        delivered_current_target: 0,
        delivered_previous_target: 4,
        pending: 4,
        undelivered_current_target: 12,
      },
      body_upload_compatibility: { body_upload_queue_count: 4 },
    },
  },
  'old queues of two scopes, one of them in conflict': {
    make: async (world) => {
      const [same, other] = [
        { id: eventId(1), second: 1, note: 'one' },
        { id: eventId(1), second: 1, note: 'two' },
      ]
      writeQueue(join(world.home, 'queue.db'), { events: [same, { id: eventId(2), second: 2 }] })
      writeQueue(join(world.home, SCOPED), {
        events: [other, { id: eventId(3), second: 3 }],
        bodies: [BODY],
        failures: [BODY],
      })
      await world.call('sync migrate')
      rmSync(join(world.home, 'queue.db'))
      writeQueue(join(world.home, 'queue.db'), {
        events: [4, 5, 6].map((number) => ({ id: eventId(number), second: number })),
        bodies: [BODY, { ...BODY, path: 'plan.md' }],
        failures: [{ ...BODY, path: 'tasks.md' }],
      })
    },
    others: [SCOPED],
    notable: {
      event_journal: { retained_event_count: 3 },
      migration_conflicts: { count: 1, cleanup_blocked: true },
      legacy_queue: {
        event_count: 3,
        body_upload_count: 2,
        failure_log_count: 1,
        rows_in_scope: 6,
      },
    },
  },
  'after an archive, after gc, with an event that was refused for good': {
    limitBytes: 3_000,
    make: async (world) => {
      await world.call('agent mission create demo')
      await deliverAll(world)
      await world.call('sync archive')
      await world.call('agent mission create second')
      await deliverAll(world)
      await world.call('sync gc')
      await world.call('agent mission create third')
      await deliverAll(world)
      const long = 'x'.repeat(5_000)
      await world.call(`agent tasks move-task WP01 --mission third --to claimed --note ${long}`)
      await world.call('sync now')
    },
    notable: {
      event_journal: { retained_event_count: 3, archived_event_count: 2 },
      delivery_ledger: { delivered_current_target: 6, undelivered_current_target: 1 },
      terminal_failures: { count: 1 },
    },
  },
}

function at(url: string): Record<string, string> {
  return { SPEC_KITTY_SAAS_URL: url }
}

/** The first answer is "queued"; once the event materialized, the same event is a duplicate. */
async function deliverAll(world: LoggedInWorld): Promise<void> {
  await world.call('sync now')
  await expect
    .poll(async () => {
      await world.call('sync now')
      const { delivery_ledger: ledger } = (await world.call('sync status --json')).json
      return (ledger as { undelivered_current_target: number }).undelivered_current_target
    })
    .toBe(0)
}

for (const [name, { limitBytes, drainDelayMs = 0, make, others = [], notable }] of Object.entries(
  STATES,
))
  spec(
    ['SYNC/SC-010', 'BOUNDARY/FR-008', 'SYNC/FR-019', 'SYNC/NFR-001'],
    `every number of status is that of the databases: ${name}`,
    async () => {
      await using earlier = await startHostedService({ firstAnswer: 'success' })
      await using world = await loggedInWorld({
        drainDelayMs,
        ...(limitBytes === undefined
          ? {}
          : { limits: { maxDecompressedBytesPerBatch: limitBytes } }),
      })
      await make(world, earlier.url)
      const { url } = world.service
      const active = queueDbPath(world.home, `${url}|${LOGIN.email}|${LOGIN.team}`)
      const { json } = await world.call('sync status --json')
      expect(json).toMatchObject(countedSections(world.home, { url, ...LOGIN }))
      const paths = others.map((path) => join(world.home, path))
      expect(json).toMatchObject(countedQueues(world.home, active, paths))
      expect(json).toMatchObject(notable)
      expect(json).toMatchObject({
        foreground: { queue_db_path: active },
        target_authority: {
          resolved_server_url: url,
          user_id: LOGIN.email,
          team_slug: LOGIN.team,
          queue_db_path: active,
        },
        delivery_targets: { current: { canonical_url: url, team_slug: LOGIN.team } },
      })
    },
  )

spec(
  ['SYNC/SC-010', 'SYNC/FR-019'],
  'a journal that cannot be read leaves every section in place, all zero, with the reason beside them',
  async () => {
    await using world = await loggedInWorld()
    const before = (await world.call('sync status --json')).json
    await world.call('agent mission create demo')
    writeFileSync(journalPath(world.home), 'no database'.repeat(1000))
    const broken = await world.call('sync status --check --json')
    expect(broken.code).toBe(2)
    expect(Object.keys(broken.json).sort()).toEqual(Object.keys(before).sort())
    const { event_journal, delivery_ledger, migration_conflicts, terminal_failures } = before
    expect(broken.json).toMatchObject({
      event_sync_status_error: expect.stringContaining('the journal cannot be used') as string,
      ...{ event_journal, delivery_ledger, migration_conflicts, terminal_failures },
    })
  },
)
