import { join } from 'node:path'
import { expect } from 'vitest'
import { eventId, writeQueue } from '../../fixtures/cli/queues.ts'
import { cliWorld } from '../../fixtures/cli/world.ts'
import { contentHash } from '../../packages/sync-engine/src/base/digest.ts'
import { openJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'

spec(
  ['SYNC/T060', 'SYNC/T066', 'SYNC/FR-018'],
  'a queue that disagrees with a payload that was removed is a conflict, one that agrees is none',
  async () => {
    await using world = cliWorld()
    const first = { id: eventId(1), second: 1, note: 'first' }
    writeQueue(join(world.home, 'queue.db'), { events: [first] })
    expect((await world.call('sync migrate --json')).json).toMatchObject({ imported: 1 })
    removeAll(world.home)

    writeQueue(join(world.home, 'queues/queue-0123456789abcdef.db'), { events: [first] })
    const agreeing = { imported: 0, deduplicated: 1, conflicts: 0 }
    expect((await world.call('sync migrate --dry-run --json')).json).toMatchObject(agreeing)
    expect((await world.call('sync migrate --json')).json).toMatchObject(agreeing)

    const other = { ...first, note: 'second' }
    writeQueue(join(world.home, 'queues/queue-fedcba9876543210.db'), { events: [other] })
    const divergent = { imported: 0, deduplicated: 0, conflicts: 1 }
    expect((await world.call('sync migrate --dry-run --json')).json).toMatchObject(divergent)
    expect((await world.call('sync migrate --json')).json).toMatchObject(divergent)
  },
)

/** As gc does once everything is delivered; what decides that has a spec of its own. */
function removeAll(home: string): void {
  const journal = openJournal({ home })
  journal.db.exec('DROP TRIGGER payload_leaves_only_when_delivered')
  journal.db.function('sha', (text: unknown) => contentHash(String(text)))
  journal.db.exec(
    'UPDATE events SET removed_sha = sha(envelope), removed_at_ms = 1, envelope = NULL',
  )
  journal.close()
}
