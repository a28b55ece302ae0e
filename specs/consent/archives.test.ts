import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'
import { loggedInWorld } from '../../fixtures/cli/world.ts'
import { someEvents } from '../../fixtures/engine/events.ts'
import { startScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { openJournal, type Journal } from '../../packages/sync-engine/src/journal/journal.ts'
import { externalReceiver } from '../../packages/sync-engine/src/receivers/external.ts'
import { startStubServer } from '../../packages/sync-engine/src/receivers/stub-server.ts'
import { archive } from '../../packages/sync-engine/src/retention/archive.ts'
import { exportEnd } from '../../packages/sync-engine/src/retention/archive-accounts.ts'
import {
  exportEvents,
  exportFailed,
  exportToFile,
} from '../../packages/sync-engine/src/retention/export.ts'
import { importEvents } from '../../packages/sync-engine/src/retention/import.ts'
import { agreeToFixtures } from '../../fixtures/engine/consent.ts'
import { shellIn } from '../remedies/typing.ts'
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
          const sender = { kind: 'login', account: BEN } as const
          const { counts } = await drain({ journal: other.journal, receiver, sender })
          await receiver.close()
          const own = accounts.filter((account) => account === '' || account === BEN)
          expect(counts.success + counts.duplicate).toBe(own.length)
        },
      ),
      { numRuns: 12 },
    )
  },
)

const WAYS_OUT = {
  'into a file': (home: string, file: string) => void exportToFile(home, file),
  'to standard output': (home: string, file: string) => {
    exportEvents(home, (lines) => appendFileSync(file, lines))
  },
  'of what was refused for good': (home: string, file: string) => {
    const journal = openJournal({ home })
    exportFailed(journal, file, { who: 'ann', command: 'sync failed export' })
    journal.close()
  },
}

for (const [how, leave] of Object.entries(WAYS_OUT))
  spec(
    ['SYNC/C-008', 'SYNC/FR-018', 'SYNC/NFR-003'],
    `the account of each event goes with it out of a journal and into another one: ${how}`,
    async () => {
      await using server = await startScriptedServer(() => ({
        kind: 'results',
        of: () => ({ status: 'failed_permanent' }),
      }))
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.constantFrom(...ACCOUNTS), { minLength: 1, maxLength: 20 }),
          async (accounts) => {
            using one = temporaryJournal()
            using other = temporaryJournal()
            const events = someEvents(accounts.length)
            for (const [at, account] of accounts.entries())
              capture(one.journal, [events[at]], { account })
            const receiver = externalReceiver({ endpoint: server.endpoint })
            await drain({ journal: one.journal, receiver })
            await receiver.close()
            const file = join(one.home, 'events.jsonl')
            leave(one.home, file)
            const imported = await importEvents(other.home, file, Date.now)
            expect(imported).toMatchObject({ imported: accounts.length, quarantined: 0 })
            expect(accountsIn(other.journal)).toEqual(accountsIn(one.journal))
          },
        ),
        { numRuns: 8 },
      )
    },
  )

/** What becomes of an exported file on its way, and whose its events are then. */
const WAYS: Readonly<
  Record<string, (lines: string[]) => { lines: string[]; accounts: 'kept' | 'unknown' | 'none' }>
> = {
  'as it was exported': (lines) => ({ lines, accounts: 'kept' }),
  'twice in one file': (lines) => ({ lines: [...lines, ...lines], accounts: 'kept' }),
  'with empty lines': (lines) => ({ lines: lines.flatMap((line) => ['', line]), accounts: 'kept' }),
  'without its first line': (lines) => ({ lines: lines.slice(1), accounts: 'unknown' }),
  'with another checksum': (lines) => ({
    lines: [...lines.slice(0, -1), (lines.at(-1) ?? '').replace('ben@', 'ann@')],
    accounts: 'unknown',
  }),
  'without its last line': (lines) => ({ lines: lines.slice(0, -1), accounts: 'none' }),
}

for (const [way, change] of Object.entries(WAYS))
  spec(
    ['SYNC/C-008', 'SYNC/FR-018', 'SYNC/NFR-003'],
    `an exported file keeps the account of each event: imported ${way}`,
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.constantFrom(...ACCOUNTS), { minLength: 1, maxLength: 20 }),
          async (some) => {
            const accounts = [...some, 'ann@example.org', BEN]
            using one = temporaryJournal()
            using other = temporaryJournal()
            const events = someEvents(accounts.length)
            for (const [at, account] of accounts.entries())
              capture(one.journal, [events[at]], { account })
            const file = join(one.home, 'events.jsonl')
            exportToFile(one.home, file)
            const whole = readFileSync(file, 'utf8').trimEnd().split('\n')
            const changed = change(whole)
            writeFileSync(file, `${changed.lines.join('\n')}\n`)
            const imported = await importEvents(other.home, file, Date.now)
            expect(imported).toMatchObject({ quarantined: 0, conflicts: 0 })
            const kept = accountsIn(one.journal) as [string, string][]
            const found = accountsIn(other.journal) as [string, string][]
            if (changed.accounts === 'kept') expect(found).toEqual(kept)
            else {
              const account = changed.accounts === 'none' ? '' : 'unknown'
              expect([...new Set(found.map(([, name]) => name))]).toEqual([account])
            }
          },
        ),
        { numRuns: 8 },
      )
    },
  )

spec(
  ['SYNC/C-008', 'SYNC/FR-018', 'SYNC/T077'],
  'what was exported from another login waits after an import, and status has the command that lets it go',
  async () => {
    await using ann = await loggedInWorld({ firstAnswer: 'success' })
    await using ben = await loggedInWorld({ firstAnswer: 'success' })
    await ann.call('agent mission create demo')
    cpSync(join(ann.project, '.kittify'), join(ben.project, '.kittify'), { recursive: true })
    const file = join(ann.folder, 'events.jsonl')
    await ann.call(`sync export ${file}`)
    // The two worlds share one account, so the file is made to tell another one.
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    const end = exportEnd([['ann@example.org', 2]])
    writeFileSync(file, `${[...lines.slice(0, -1), end].join('\n')}\n`)
    expect((await ben.call(`sync import ${file} --json`)).json).toMatchObject({ imported: 2 })
    expect((await ben.call('sync now')).out).toContain('nobody agreed to send it')
    expect(ben.service.events.size).toBe(0)
    const status = await ben.call('sync status --json')
    const { waiting } = status.json['consent'] as { waiting: { remedy: string }[] }
    expect(waiting).toMatchObject([{ account: 'ann@example.org', events: 2 }])
    expect((await shellIn(ben).type(waiting[0]?.remedy ?? '')).code).toBe(0)
    await ben.call('sync now')
    expect(ben.service.events.size).toBe(2)
  },
)
