import { expect } from 'vitest'
import { loggedInWorld, type LoggedInWorld } from '../../fixtures/cli/world.ts'
import { spec } from '../spec.ts'

/** What each command prints in one story of a home, in the order of the story. */
const STORY: readonly (readonly [line: string, code: number, json: object])[] = [
  ['sync server --json', 0, { ok: true }],
  ['sync mode --json', 0, { mode: 'TEAMSPACE', retention: 'keep', delivery: 'teamspace' }],
  ['agent mission create demo --json', 0, { result: 'success' }],
  ['sync status --check --json', 0, { ok: true, exit_code: 0, findings: [] }],
  ['sync now --json', 0, { ok: true, summary: { failed: 0, synced: 2 }, undelivered: 0 }],
  ['sync status --json', 0, { delivery_ledger: { delivered_current_target: 2 } }],
  ['sync targets --json', 0, { targets: [{ delivered: 2, undelivered: 0 }] }],
  ['sync migrate --json', 0, { imported: 0, conflicts: 0, sourceErrors: [] }],
  ['sync journal list --json --newest --limit 1', 0, { events: [{ event_type: 'WPCreated' }] }],
  ['sync gc --dry-run --json', 0, {}],
  ['sync archive --dry-run --json', 0, {}],
  ['sync daemon status --json', 1, { running: false }],
  ['doctor orphan-daemons --json', 0, { records: [], processes: [] }],
]

spec(
  ['SYNC/T071', 'SYNC/T072', 'SYNC/T073', 'SYNC/T074', 'SYNC/T077', 'SYNC/NFR-001'],
  'every subcommand, as a process of its own, prints what happened and ends with its code',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    for (const [line, code, json] of STORY) {
      const finished = await world.run(line)
      expect([line, finished.code, finished.err]).toEqual([line, code, ''])
      expect(finished.json, line).toMatchObject(json)
    }
    await expectUsage(world)
  },
)

/** Flags that scripts of earlier versions give still mean the same. */
async function expectUsage(world: LoggedInWorld): Promise<void> {
  const strict = await world.run('sync now --strict')
  expect([strict.code, strict.out.trim().split('\n').at(-1)]).toEqual([
    0,
    'Synced: 0 / Duplicates: 0 / Pending: 0 / Errors: 0',
  ])
  expect((await world.run('sync now --no-such-flag')).code).toBe(64)
}
