import { join } from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'
import { someEvents } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import type { Journal } from '../../packages/sync-engine/src/journal/journal.ts'
import { externalReceiver } from '../../packages/sync-engine/src/receivers/external.ts'
import { startStubServer } from '../../packages/sync-engine/src/receivers/stub-server.ts'
import { archive } from '../../packages/sync-engine/src/retention/archive.ts'
import { importEvents } from '../../packages/sync-engine/src/retention/import.ts'
import { agreeToFixtures } from '../../fixtures/engine/consent.ts'
import { spec } from '../spec.ts'

const BEN = 'ben@example.org'
const ACCOUNTS = ['', 'ann@example.org', BEN, 'queue-0123456789abcdef'] as const

/** The account that each event is stored under. */
function accountsIn({ db }: Journal): unknown[] {
  return db
    .prepare('SELECT event_id, account FROM events JOIN streams USING (stream_id) ORDER BY seq')
    .raw()
    .all()
}

spec(
  ['SYNC/C-008', 'SYNC/T066', 'SYNC/NFR-003'],
  'an archive keeps the account of each event: in another home only what was the own account’s goes out',
  async () => {
    await using stub = await startStubServer()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...ACCOUNTS), { minLength: 1, maxLength: 40 }),
        async (accounts) => {
          using one = temporaryJournal()
          using other = temporaryJournal()
          const events = someEvents(accounts.length)
          for (const [at, account] of accounts.entries())
            capture(one.journal, [events[at]], { account })
          const receiver = externalReceiver({ endpoint: stub.endpoint, headers: {} })
          await drain({ journal: one.journal, receiver })
          const file = join(one.home, 'events.jsonl.gz')
          const now = Date.now
          await archive(homePaths(one.home), { now, dryRun: false, file })
          const imported = await importEvents(other.home, file, now)
          expect(imported).toMatchObject({ imported: accounts.length, quarantined: 0 })
          expect(accountsIn(other.journal)).toEqual(accountsIn(one.journal))
          agreeToFixtures(other.journal, BEN)
          const courier = { kind: 'login', account: BEN } as const
          const { counts } = await drain({ journal: other.journal, receiver, courier })
          await receiver.close()
          const own = accounts.filter((account) => account === '' || account === BEN)
          expect(counts.success + counts.duplicate).toBe(own.length)
        },
      ),
      { numRuns: 12 },
    )
  },
)
