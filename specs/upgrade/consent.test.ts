import Database from 'better-sqlite3'
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { temporaryHome } from '../../fixtures/engine/home.ts'
import { loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import {
  coverProject,
  isUndecided,
  listConsents,
} from '../../packages/sync-engine/src/consent/decide.ts'
import { waitingForConsent } from '../../packages/sync-engine/src/consent/waiting.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { registerTarget } from '../../packages/sync-engine/src/delivery/targets.ts'
import { journalPath, openJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { SCHEMA } from '../../packages/sync-engine/src/journal/schema.ts'
import { targetId, type TargetIdentity } from '../../packages/sync-engine/src/target/identity.ts'
import { spec } from '../spec.ts'

const ACCOUNT = 'dev@example.org'

/** A journal as version 1 left it: of the first project one event is delivered, all others wait. */
function writeVersion1(
  home: string,
  identity: TargetIdentity,
  projects: readonly string[],
): string[] {
  const path = journalPath(home)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // The target's row is made by the code of today; the columns are those of version 1.
  using other = temporaryHome()
  const journal = openJournal({ home: other.home })
  registerTarget(journal, identity)
  const target = journal.db.prepare('SELECT * FROM targets').get() as Record<string, unknown>
  journal.close()
  const db = new Database(path)
  db.exec(SCHEMA)
  db.exec('INSERT INTO journal_state VALUES (1, 1, 0, 0, 0, 0, 0, 0)')
  const columns = Object.keys(target)
  db.prepare(
    `INSERT INTO targets (${columns.join(', ')}) VALUES (${columns.map((name) => `@${name}`).join(', ')})`,
  ).run(target)
  db.exec(`INSERT INTO generations (generation_id, target_id, number, is_current, opened_because, opened_at_ms,
    recorded_through, claimed_through, success) VALUES (1, '${targetId(identity)}', 1, 1, 'first', 0, 1, 1, 1)`)
  const insert =
    db.prepare(`INSERT INTO events (event_id, event_type, occurred_at, captured_at_ms, producer,
    size_bytes, bytes_through, envelope) VALUES (?, ?, ?, 0, ?, ?, ?, ?)`)
  let through = 0
  const ids = projects.map((project, index) => {
    const event = anEvent({ project_uuid: project, aggregate_id: `WP-${index}` })
    const text = JSON.stringify(event)
    through += text.length
    insert.run(
      event.event_id,
      event.event_type,
      '2026-01-01T00:00:00Z',
      project,
      text.length,
      through,
      text,
    )
    return event.event_id
  })
  db.exec("INSERT INTO ledger VALUES (1, 1, 'success', 1, 0, 0, NULL, 200, NULL, NULL)")
  db.pragma('user_version = 1')
  db.close()
  return ids
}

spec(
  ['SYNC/C-008', 'SYNC/NFR-005', 'SYNC/FR-005'],
  'after an upgrade projects that have delivered go on, the others ask once',
  async () => {
    using world = temporaryHome()
    await using server = await startScriptedServer()
    const [known, unknown] = [randomUUID(), randomUUID()]
    const receiver = loggedIn(server.url)
    const ids = writeVersion1(world.home, receiver.identity, [known, unknown, known, unknown])
    const journal = openJournal({ home: world.home })
    const sender = { kind: 'login', account: ACCOUNT, queueName: undefined } as const
    expect(listConsents(journal)).toMatchObject([
      { project: known, account: ACCOUNT, command: 'delivered before consent was recorded' },
    ])
    const first = await drain({ journal, receiver, sender })
    expect([...server.stored.keys()]).toEqual([ids[2]])
    expect(first.counts.undelivered).toBe(2)
    const { generationId } = registerTarget(journal, receiver.identity)
    expect(waitingForConsent(journal, generationId, sender)).toMatchObject([
      { project: unknown, account: '', events: 2 },
    ])
    const asked = { project: unknown, account: ACCOUNT }
    const by = { who: ACCOUNT, command: 'spec-kitty sync now' }
    expect(isUndecided(journal, asked)).toBe(true)
    expect([coverProject(journal, asked, by), coverProject(journal, asked, by)]).toEqual([
      true,
      false,
    ])
    await drain({ journal, receiver, sender })
    expect([...server.stored.keys()]).toEqual([ids[2], ids[1], ids[3]])
    await receiver.close()
    journal.close()
  },
)
