import { expect } from 'vitest'
import { interventions } from '../../packages/phase4-gate/src/interventions/compare.ts'
import type { Fingerprint } from '../../packages/phase4-gate/src/run/fingerprint.ts'
import { spec } from '../spec.ts'

const calm: Fingerprint = {
  takenAt: '2026-01-01T00:00:00.000Z',
  databases: { 'queue.db': { queue: { '1': 'a', '2': 'b', '3': 'c', '4': 'd' } } },
  files: { 'metadata.yaml': 'm', 'owner.json': 'o' },
  daemons: { 'owner.json': { pid: 7, startedAt: 'noon' } },
  service: { business_rule_rejected_count: 22, 'deployed commit': 'abc', 'limit rows': 5 },
  traces: { 'queue.db': '1', 'metadata.yaml': '1' },
}

interface Row {
  readonly what: string
  readonly after: Partial<Fingerprint>
  readonly named: readonly string[]
  /** True where nothing that a canary run does explains it. */
  readonly foreign?: true
}

const queue = (rows: Record<string, string>): Partial<Fingerprint> => ({
  databases: { 'queue.db': { queue: rows } },
})

const rows: readonly Row[] = [
  { what: 'nothing', after: {}, named: [] },
  {
    what: 'a row that is gone',
    after: queue({ '1': 'a', '2': 'b', '3': 'c' }),
    named: ['1 row removed from queue of queue.db (key 4)'],
  },
  {
    what: 'an edited, an added and a removed row',
    after: queue({ '1': 'A', '2': 'b', '3': 'c', '5': 'e' }),
    named: [
      '1 row removed from queue of queue.db (key 4)',
      '1 row added to queue of queue.db (key 5)',
      '1 row edited in queue of queue.db (key 1)',
    ],
  },
  {
    what: 'three edited rows',
    after: queue({ '1': 'A', '2': 'B', '3': 'C', '4': 'd' }),
    named: ['3 rows edited in queue of queue.db (key 1, 2, 3)'],
  },
  {
    what: 'more rows than are worth naming',
    after: queue({}),
    named: ['4 rows removed from queue of queue.db (key 1, 2, 3, …)'],
  },
  {
    what: 'a table that is gone',
    after: { databases: { 'queue.db': {} } },
    named: ['4 rows removed from queue of queue.db (key 1, 2, 3, …)'],
  },
  {
    what: 'a new table',
    after: { databases: { 'queue.db': { ...calm.databases['queue.db'], more: { '1': 'x' } } } },
    named: ['1 row added to more of queue.db (key 1)'],
  },
  {
    what: 'a new database',
    after: { databases: { ...calm.databases, 'other.db': {} } },
    named: ['database appeared: other.db'],
  },
  {
    what: 'a deleted database',
    after: { databases: {} },
    named: ['queue file deleted: queue.db'],
    foreign: true,
  },
  {
    what: 'a second daemon',
    after: {
      daemons: { ...calm.daemons, 'more/owner.json': { pid: 8, startedAt: 'one' } },
      files: { ...calm.files, 'more/owner.json': 'p' },
    },
    named: ['daemon started: pid 8'],
  },
  {
    what: 'a stopped daemon',
    after: { daemons: {}, files: { 'metadata.yaml': 'm' } },
    named: ['daemon stopped: pid 7'],
  },
  {
    what: 'a killed daemon',
    after: { daemons: { 'owner.json': { pid: 7, startedAt: null } } },
    named: ['daemon killed: pid 7 is dead, its record remains'],
    foreign: true,
  },
  {
    what: 'a daemon in the place of another',
    after: {
      daemons: { 'owner.json': { pid: 9, startedAt: 'one' } },
      files: { ...calm.files, 'owner.json': 'q' },
    },
    named: ['daemon replaced: pid 7 became pid 9'],
  },
  {
    what: 'another process under the same number',
    after: { daemons: { 'owner.json': { pid: 7, startedAt: 'one' } } },
    named: ['daemon replaced: pid 7 became pid 7'],
  },
  {
    what: 'a daemon that began in the same moment as the one before',
    after: {
      daemons: { 'owner.json': { pid: 9, startedAt: 'noon' } },
      files: { ...calm.files, 'owner.json': 'q' },
    },
    named: ['daemon replaced: pid 7 became pid 9'],
  },
  {
    what: 'a dead daemon in the place of another',
    after: { daemons: { 'owner.json': { pid: 9, startedAt: null } } },
    named: ['daemon replaced: pid 7 became pid 9'],
  },
  {
    what: 'an edited record under a living daemon',
    after: { files: { ...calm.files, 'owner.json': 'q' } },
    named: ['daemon record edited while pid 7 lives: owner.json'],
    foreign: true,
  },
  {
    what: 'an edited, an added and a deleted file',
    after: { files: { 'owner.json': 'o', 'more.yaml': 'x' } },
    named: ['file deleted: metadata.yaml', 'file added: more.yaml'],
  },
  {
    what: 'an edited file',
    after: { files: { ...calm.files, 'metadata.yaml': 'M' } },
    named: ['file edited: metadata.yaml'],
  },
  {
    what: 'a counter of the service',
    after: { service: { ...calm.service, business_rule_rejected_count: 23 } },
    named: ['service mutated: business_rule_rejected_count was 22, is 23'],
    foreign: true,
  },
  {
    what: 'a limit that was added and a commit that is told no more',
    after: { service: { business_rule_rejected_count: 22, 'limit rows': 5, 'limit bytes': 1 } },
    named: [
      'service mutated: deployed commit was abc, is absent',
      'service mutated: limit bytes was absent, is 1',
    ],
    foreign: true,
  },
  {
    what: 'limits that were not told this time',
    after: { service: { business_rule_rejected_count: 22, 'deployed commit': 'abc' } },
    named: [],
  },
  {
    what: 'a queue and a file that were changed and put back',
    after: { traces: { 'queue.db': '2', 'metadata.yaml': '2' } },
    named: ['written and put back: queue.db', 'written and put back: metadata.yaml'],
  },
  { what: 'a service that did not answer', after: { service: null }, named: [] },
]

for (const { what, after, named, foreign } of rows) {
  spec('GATE/NFR-001', `${what} between two runs is named, during a run if foreign`, () => {
    const changed = { ...calm, ...after }
    const placed = named.map((one) => `here: ${one}`).sort()
    expect(interventions(calm, changed, 'here', 'any').sort()).toEqual(placed)
    const expected = foreign === true ? placed : []
    expect(interventions(calm, changed, 'here', 'foreign').sort()).toEqual(expected)
  })
}

spec('GATE/NFR-001', 'a service that answers again is no change', () => {
  expect(interventions({ ...calm, service: null }, calm, 'here', 'any')).toEqual([])
})
