import { beforeAll, expect } from 'vitest'
import type { GateId } from '../../gate/gate.ts'
import { spec } from '../spec.ts'
import { differences } from './judge.ts'
import { play } from './play.ts'
import { sideBySide } from './side-by-side.ts'
import { worlds } from './worlds.ts'

/** One broken world for each of the first eight steps; `npm run matrix` plays all of them. */
const short = {
  'GATE/C-006': 'pull request 42 is open',
  'GATE/FR-001': '1141 is open',
  'GATE/FR-002': '1141 was closed by a breadcrumb',
  'GATE/FR-003': 'rc15 is still the newest candidate',
  'GATE/FR-004': 'the status lacks keys',
  'GATE/FR-005': 'infra rows have failed',
  'GATE/FR-006': 'one of the 22 rows is not listed',
  'GATE/FR-007': 'a rollback out of review is swallowed',
} as const satisfies Partial<Record<GateId, string>>

const chosen = worlds.filter(({ name }) => Object.values<string>(short).includes(name))
const problems = new Map<string, readonly string[]>()

const minute = 60_000

beforeAll(async () => {
  await sideBySide(chosen, 2, async (row) => {
    problems.set(row.name, differences(row, await play(row.faults)))
  })
}, 5 * minute)

for (const [id, name] of Object.entries(short) as [GateId, string][]) {
  spec(id, `the real gate stops where it must when ${name}`, () => {
    expect(problems.get(name)).toStrictEqual([])
  })
}
