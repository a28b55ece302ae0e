import { mkdtemp, mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect } from 'vitest'
import { writeLegacyQueue } from '../../fixtures/harness/queue/legacy-database.ts'
import { newestTransition } from '../../fixtures/harness/queue/newest-transition.ts'
import {
  eventsThatLeft,
  queuedEvents,
  queueFiles,
} from '../../fixtures/harness/queue/queue-files.ts'
import type { Stage } from '../../fixtures/harness/steps/stage.ts'
import { spec } from '../spec.ts'

let home = ''

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'queue-files-'))
  await mkdir(join(home, 'queues'))
})
afterAll(() => rm(home, { recursive: true }))

/** A stage whose candidate is too old to list a journal. */
function stageOfOldCandidate(): Stage {
  const unknown = { command: '', exitCode: 2, stdout: '', stderr: 'No such command' }
  return {
    candidate: { run: () => Promise.resolve(unknown) },
    sandbox: { spoolFolder: home } as Stage['sandbox'],
  }
}

function queueTransition(file: string, clock: number, payload: object): void {
  const database = new Database(file)
  const envelope = { event_id: `E${clock}`, lamport_clock: clock, payload }
  database
    .prepare('INSERT INTO queue (event_id, event_type, data, timestamp) VALUES (?, ?, ?, 1)')
    .run(envelope.event_id, 'WPStatusChanged', JSON.stringify(envelope))
  database.close()
}

spec(['GATE/FR-007', 'BOUNDARY/FR-001'], 'a legacy queue holds the asked-for rows', () => {
  const file = join(home, 'queue.db')
  writeLegacyQueue(file, 3, Date.parse('2026-05-18T00:00:00Z'))
  expect(queueFiles(home)).toStrictEqual([file])
  expect(queuedEvents(file)).toBe(3)
  expect(queuedEvents(join(home, 'absent.db'))).toBe(0)
})

spec(
  'GATE/FR-007',
  'the newest move is told by the producer, in whichever file it lies',
  async () => {
    const scoped = join(home, 'queues', 'queue-0123456789abcdef.db')
    writeLegacyQueue(scoped, 0, 0)
    const rollback = { from_lane: 'in_review', to_lane: 'planned', force: true, reason: 'rejected' }
    queueTransition(join(home, 'queue.db'), 91, rollback)
    queueTransition(scoped, 90, { from_lane: 'for_review', to_lane: 'in_review', force: false })
    expect(await newestTransition(stageOfOldCandidate())).toStrictEqual({
      from: 'in_review',
      to: 'planned',
      force: true,
      reason: 'rejected',
    })
  },
)

spec(
  'GATE/FR-007',
  'events that were delivered earlier are told by what left the queue, not by what a migration moved',
  () => {
    const scoped = join(home, 'queues', 'queue-0123456789abcdef.db')
    for (const clock of [95, 96, 97]) queueTransition(scoped, clock, {})
    const before = eventsThatLeft(home)
    remove(scoped, 'E96')
    remove(join(home, 'queue.db'), 'E91')
    expect(eventsThatLeft(home) - before).toBe(1)
  },
)

function remove(file: string, eventId: string): void {
  const database = new Database(file)
  expect(database.prepare('DELETE FROM queue WHERE event_id = ?').run(eventId).changes).toBe(1)
  database.close()
}
