import Database from 'better-sqlite3'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { writeQueue } from '../../fixtures/cli/queues.ts'
import { cliWorld } from '../../fixtures/cli/world.ts'
import { anEvent } from '../../fixtures/engine/events.ts'
import {
  AGGREGATE_OF,
  registerAggregateKey,
} from '../../packages/sync-engine/src/journal/aggregate.ts'
import { journalPath } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'

const PROJECT = '5f0c8a52-0d7e-4b38-9c4a-6b2f1e9d7a10'

/** Two values that an event gives for one field; readers of JSON disagree which of them counts. */
const TWICE: readonly (readonly [field: string, first: unknown, last: unknown])[] = [
  ['aggregate_id', 'WP01', 'WP02'],
  ['aggregate_id', 'WP01', null],
  ['aggregate_id', 7, 'WP02'],
  ['team_slug', null, 'team'],
  ['team_slug', 'team', null],
  ['team_slug', '', 'team'],
  ['team_slug', null, null],
  ['timestamp', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'],
  ['drain_blocked_reason', 'no_auth', 'no_team'],
  ['drain_blocked_reason', null, 'no_team'],
  ['project_uuid', PROJECT, 'another'],
]

/** The name of a field as it is, or with its last letter as an escape. */
const SPELLINGS: readonly ((field: string) => string)[] = [
  (field) => field,
  (field) => `${field.slice(0, -1)}\\u00${field.charCodeAt(field.length - 1).toString(16)}`,
]

function textsOf(): string[] {
  return TWICE.flatMap(([field, first, last]) =>
    SPELLINGS.map((spelled) => {
      const rest = JSON.stringify({ ...anEvent(), [field]: undefined }).slice(1, -1)
      const [one, other] = [JSON.stringify(first), JSON.stringify(last)]
      return `{"${field}": ${one}, ${rest}, "${spelled(field)}": ${other}}`
    }),
  )
}

/** What the journal makes of its events, and what decides their order. */
function judged(home: string): unknown {
  const db = new Database(journalPath(home), { readonly: true })
  registerAggregateKey(db)
  try {
    return db
      .prepare(
        `SELECT event_id, occurred_at, producer, ${AGGREGATE_OF} AS aggregate, envelope FROM events e
         ORDER BY event_id`,
      )
      .all()
  } finally {
    db.close()
  }
}

spec(
  ['SYNC/FR-013', 'SYNC/FR-018', 'SYNC/T041'],
  'an event that gives a field twice is the same event at every door: migrated, imported, and imported from an export',
  async () => {
    await using migrated = cliWorld()
    await using imported = cliWorld()
    const texts = textsOf()
    const queue = join(migrated.home, 'queue.db')
    writeQueue(queue, {})
    const db = new Database(queue)
    const add = db.prepare(
      'INSERT INTO queue (event_id, event_type, data, timestamp) VALUES (?, ?, ?, 1)',
    )
    for (const text of texts) {
      const { event_id: id, event_type: type } = JSON.parse(text) as Record<string, string>
      add.run(id, type, text)
    }
    db.close()
    const file = join(imported.folder, 'events.jsonl')
    writeFileSync(file, texts.join('\n'))
    const all = { imported: texts.length, conflicts: 0 }
    expect((await migrated.call('sync migrate --json')).json).toMatchObject(all)
    expect((await imported.call(`sync import ${file} --json`)).json).toMatchObject(all)
    expect(judged(migrated.home)).toEqual(judged(imported.home))
    for (const world of [migrated, imported]) {
      const copy = join(world.folder, 'copy.jsonl')
      const { out } = await world.call('sync export')
      expect(out).not.toContain('no_team')
      writeFileSync(copy, out)
      for (const again of [copy, file])
        expect((await world.call(`sync import ${again} --json`)).json).toMatchObject({
          deduplicated: texts.length,
          conflicts: 0,
        })
    }
  },
)
