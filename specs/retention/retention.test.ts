import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { startHostedService } from '../../fixtures/service/index.ts'
import { loggedInWorld, type LoggedInWorld } from '../../fixtures/cli/world.ts'
import { openCommandContext } from '../../packages/sync-engine/src/context/command-context.ts'
import {
  deliverySections,
  GC_SUGGESTION_BYTES,
} from '../../packages/sync-engine/src/status/delivery-section.ts'
import {
  journalPath,
  openJournal,
  readJournal,
} from '../../packages/sync-engine/src/journal/journal.ts'
import { agreeToFixtures } from '../../fixtures/engine/consent.ts'
import { eventOfSize } from '../../fixtures/engine/events.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { recount } from '../../packages/sync-engine/src/delivery/recount.ts'
import { sha256 } from '../../packages/sync-engine/src/base/digest.ts'
import { spec } from '../spec.ts'
import { rows } from '../migration/state.ts'

/** Three events, delivered. */
async function delivered(): Promise<LoggedInWorld> {
  const world = await loggedInWorld({ firstAnswer: 'success' })
  await world.call('agent mission create demo --work-packages 2')
  expect((await world.call('sync now')).code).toBe(0)
  return world
}

const journalOf = async (world: LoggedInWorld) =>
  (await world.call('sync status --json')).json['event_journal'] as Record<string, number>

spec(
  ['SYNC/T066', 'SYNC/FR-010', 'SYNC/SC-002', 'SYNC/T073'],
  'nothing leaves by itself; gc removes what every target has and keeps the ledger',
  async () => {
    await using world = await delivered()
    expect(await journalOf(world)).toMatchObject({ retained_event_count: 3 })
    const dry = await world.call('sync gc --dry-run --json')
    expect(dry.json).toMatchObject({ removed: 3, dryRun: true })
    expect(await journalOf(world)).toMatchObject({ retained_event_count: 3 })
    expect((await world.call('sync gc --json')).json).toMatchObject({ removed: 3, dryRun: false })
    expect(await journalOf(world)).toMatchObject({ retained_event_count: 0, journal_size_bytes: 0 })
    expect(rows(journalPath(world.home), `SELECT status FROM ledger`)).toHaveLength(3)
    expect((await world.call('sync status --json')).json).toMatchObject({
      delivery_ledger: { delivered_current_target: 3 },
    })
    const journal = readJournal({ home: world.home })
    expect(recount(journal)).toEqual([])
    journal.close()
    expect(rows(journalPath(world.home), 'SELECT removed_through FROM journal_state')).toEqual([
      { removed_through: 3 },
    ])
    await world.call('agent mission create second')
    const fourth = 'SELECT occurred_at AS oldest_retained_event_at FROM events WHERE seq = 4'
    const [oldest] = rows(journalPath(world.home), fourth) as [object]
    expect(await journalOf(world)).toMatchObject(oldest)
  },
)

spec(
  ['SYNC/T066', 'SYNC/FR-010'],
  'what one known target still has to get stays, until that target is forgotten',
  async () => {
    await using world = await delivered()
    const other = await startHostedService({ firstAnswer: 'success' })
    try {
      await world.call('agent mission create second')
      const env = { SPEC_KITTY_SAAS_URL: other.url }
      await world.call('auth login --headless', env)
      expect((await world.call('sync now', env)).code).toBe(0)
      // The second target has all five events, the first one has three.
      expect((await world.call('sync gc --json')).json).toMatchObject({ removed: 3, targets: 2 })
      expect(await journalOf(world)).toMatchObject({ retained_event_count: 2 })
      const { targets } = (await world.call('sync targets --json')).json as {
        targets: { target_id: string; canonical_url: string }[]
      }
      const first = targets.find((target) => target.canonical_url === world.service.url)
      await world.call(`sync targets --forget ${first?.target_id ?? ''}`)
      expect((await world.call('sync gc --json')).json).toMatchObject({ removed: 2, targets: 1 })
    } finally {
      await other.close()
    }
  },
)

spec(
  ['SYNC/T066', 'SYNC/FR-010'],
  'before any target is known nothing is collectable',
  async () => {
    await using world = await loggedInWorld()
    await world.call('agent mission create demo')
    expect((await world.call('sync gc')).out).toContain('no target is known yet')
    expect((await world.call('sync archive')).out).toContain('no target is known yet')
    expect(await journalOf(world)).toMatchObject({ retained_event_count: 2 })
  },
)

spec(
  ['SYNC/T066', 'SYNC/FR-010', 'SYNC/T073'],
  'an archive is complete, private and checksummed before a payload leaves',
  async () => {
    await using world = await delivered()
    const file = join(world.folder, 'events.jsonl.gz')
    const made = await world.call(`sync archive --file ${file} --json`)
    expect(made.json).toMatchObject({ archived: 3, path: file })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n')
    expect(lines).toHaveLength(5)
    expect(JSON.parse(lines.at(-1)!)).toEqual({
      events: 3,
      sha256: made.json['sha256'],
      accounts: [['robin@canary.example', 3]],
      accounts_sha256: sha256('[["robin@canary.example",3]]'),
    })
    expect(await journalOf(world)).toMatchObject({
      retained_event_count: 0,
      archived_event_count: 3,
    })
    // Every event has reached its target, so nothing else may be claimed.
    expect((await world.call('sync archive')).out).toContain('no payload is left')
  },
)

spec('SYNC/T066', 'a file that exists is never overwritten, and then nothing leaves', async () => {
  await using world = await delivered()
  const file = join(world.folder, 'mine.gz')
  writeFileSync(file, 'precious')
  const refused = await world.call(`sync archive --file ${file} --json`)
  expect([refused.code, refused.json['error_code']]).toEqual([2, 'archive-invalid'])
  expect(readFileSync(file, 'utf8')).toBe('precious')
  expect(await journalOf(world)).toMatchObject({ retained_event_count: 3 })
  expect(existsSync(`${file}.draft`)).toBe(false)
})

spec(
  ['SYNC/T067', 'SYNC/NFR-004'],
  'gc is suggested only when the journal is large and every target has everything',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    const suggestion = () => {
      const foreground = openCommandContext({
        env: world.env,
        version: '1',
        program: '/x',
        now: Date.now(),
      })
      const journal = readJournal({ home: world.home })
      const section = deliverySections(foreground, journal).event_journal
      journal.close()
      return section
    }
    const journal = openJournal({ home: world.home })
    const size = 200_000
    const enough = Math.ceil(GC_SUGGESTION_BYTES / size) + 1
    capture(
      journal,
      Array.from({ length: enough }, () => eventOfSize(size)),
    )
    expect(suggestion().gc_suggested).toBe(false)
    agreeToFixtures(journal)
    await world.call('sync now')
    expect(suggestion()).toMatchObject({
      gc_suggested: true,
      gc_suggestion: { retained_event_count: enough },
    })
    capture(journal, [eventOfSize(500)])
    expect(suggestion()).toMatchObject({ gc_suggested: false, gc_suggestion: null })
    journal.close()
    await world.call('sync now')
    await world.call('sync gc')
    expect(suggestion().gc_suggested).toBe(false)
  },
)
