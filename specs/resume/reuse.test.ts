import { chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { gate, type GateId } from '../../gate/gate.ts'
import { reuse } from '../../packages/gate-kernel/src/resume/reuse.ts'
import type { Fact, FactName } from '../../packages/phase4-gate/src/run/facts.ts'
import { edit } from '../publication/proven-run.ts'
import { degraded, perfectRun, stoppedRun as stoppedAt } from '../reporter/observations.ts'
import { spec } from '../spec.ts'
import { type StoppedRun, stoppedRun } from './stopped-run.ts'

const expensive = ['GATE/FR-002', 'GATE/FR-007', 'GATE/FR-008', 'GATE/FR-013'] as const

/** Which of the expensive proofs the new run takes over. */
async function reused({ next }: StoppedRun, nowMs = Date.now()): Promise<GateId[]> {
  const ids: GateId[] = []
  for (const id of expensive) if ((await reuse(gate, next, id, nowMs)) !== undefined) ids.push(id)
  return ids
}

/** Changes a fact of the new run, as if the world now answered otherwise. */
async function answers<Name extends FactName>(
  { next }: StoppedRun,
  name: Name,
  how: (fact: Fact<Name>) => Fact<Name>,
): Promise<void> {
  await next.facts.write(name, how(await next.facts.read(name)))
}

spec('GATE/FR-008', 'what is expensive and still holds is re-used, with its facts', async () => {
  await using world = await stoppedRun()
  expect(await reused(world)).toStrictEqual(expensive)
  for (const name of ['fixes', 'attempt', 'single', 'fourRun', 'seal', 'teamspace'] as const) {
    expect(await world.next.facts.read(name)).toStrictEqual(await world.earlier.facts.read(name))
  }
  expect(world.told).toStrictEqual([])
})

spec('GATE/FR-008', 'what is cheap is proven in every run', async () => {
  await using world = await stoppedRun()
  for (const id of gate.order.filter((one) => !expensive.some((known) => known === one))) {
    expect(await reuse(gate, world.next, id, Date.now()), id).toBeUndefined()
  }
})

spec('GATE/FR-008', 'a run that takes nothing up re-uses nothing', async () => {
  await using world = await stoppedRun()
  await rm(join(world.next.folder, 'takes-up'))
  expect(await reused(world)).toStrictEqual([])
})

/** What is not as it was, what is then still re-used, and what the operator reads. */
const changes: readonly [
  what: string,
  change: (world: StoppedRun) => Promise<void>,
  still: readonly GateId[],
  told: RegExp,
][] = [
  [
    'the candidate is another',
    (world) => answers(world, 'candidate', (fact) => ({ ...fact, wheelSha256: '6'.repeat(64) })),
    ['GATE/FR-002'],
    /the release candidate is another/,
  ],
  [
    'what is installed is another',
    (world) =>
      answers(world, 'installation', (fact) => ({ ...fact, distributionSha256: '6'.repeat(64) })),
    ['GATE/FR-002'],
    /the installation is another/,
  ],
  [
    'the canary harness is another',
    (world) =>
      answers(world, 'harness', (fact) => ({
        ...{ ...fact, canary: { ...fact.canary, programs: { 'scripts/new.sh': '6'.repeat(64) } } },
      })),
    ['GATE/FR-002'],
    /the canary harness is another/,
  ],
  [
    'the Teamspace suite is another',
    (world) =>
      answers(world, 'harness', (fact) => ({
        ...{ ...fact, suite: { ...fact.suite, programs: { 'scripts/new.sh': '6'.repeat(64) } } },
      })),
    ['GATE/FR-002', 'GATE/FR-007', 'GATE/FR-008'],
    /the Teamspace suite is another/,
  ],
  [
    'the service was deployed anew',
    (world) => answers(world, 'preflight', (fact) => ({ ...fact, image: 'another' })),
    ['GATE/FR-002'],
    /deployed anew \(image\)/,
  ],
  [
    'the historical rows are others',
    (world) => answers(world, 'historicalRows', (fact) => ({ ...fact, count: 21 })),
    ['GATE/FR-002'],
    /the historical rows are others/,
  ],
  [
    'another change closed the blocker',
    (world) => answers(world, 'blockers', () => []),
    ['GATE/FR-007', 'GATE/FR-008', 'GATE/FR-013'],
    /the changes that closed the blockers are others/,
  ],
  [
    'the sealed attempt was modified',
    async ({ earlier }) => {
      const { folder } = await earlier.facts.read('attempt')
      await chmod(join(folder, 'run-1.json'), 0o600)
      await writeFile(join(folder, 'run-1.json'), '{"outcome":"pass"}')
    },
    ['GATE/FR-002'],
    /its sealed attempt was modified: .*run-1.json/,
  ],
  [
    'a log of the suite was edited',
    async ({ earlier }) => {
      const { runs } = await earlier.facts.read('teamspace')
      await edit(runs[2]?.log ?? '', (text) => text.replace('11', '12'))
    },
    ['GATE/FR-002', 'GATE/FR-007', 'GATE/FR-008'],
    /run-3.log is not what it was/,
  ],
  [
    'a fact was edited after the run ended',
    ({ earlier }) => edit(join(earlier.folder, 'facts/fourRun.json'), (text) => `${text} `),
    [],
    /its facts were changed after it ended: fourRun/,
  ],
  [
    'the configuration is another',
    ({ next }) => edit(join(next.folder, 'world.json'), (text) => `${text} `),
    [],
    /the configuration is another/,
  ],
  [
    'the gate itself was changed',
    ({ earlier }) =>
      edit(join(earlier.folder, 'record.json'), (text) =>
        text.replace(/"gateSha256": "\w+"/, `"gateSha256": "${'0'.repeat(64)}"`),
      ),
    [],
    /the gate itself was changed since/,
  ],
  [
    'the earlier run left no record',
    ({ earlier }) => rm(join(earlier.folder, 'record.json')),
    [],
    /it left no record of a stop/,
  ],
  [
    'the mark names a folder elsewhere',
    ({ earlier, next }) => writeFile(join(next.folder, 'takes-up'), `../gate/${earlier.id}`),
    [],
    /^$/,
  ],
]

for (const [what, change, still, told] of changes) {
  spec('GATE/FR-008', `${what}: what rests on it is proven again`, async () => {
    await using world = await stoppedRun()
    await change(world)
    expect(await reused(world)).toStrictEqual(still)
    expect(world.told[0] ?? '').toMatch(told)
  })
}

spec('GATE/FR-005', 'a health snapshot of 24 hours ago is too old for its canary', async () => {
  await using world = await stoppedRun()
  const { takenAt } = await world.earlier.facts.read('snapshotBeforeFourRuns')
  const dayLater = Date.parse(takenAt) + 24 * 60 * 60 * 1000
  expect(await reused(world, dayLater)).toStrictEqual(['GATE/FR-002'])
  expect(world.told[0]).toContain('good for 24 hours')
  await using fresh = await stoppedRun()
  expect(await reused(fresh, dayLater - 1)).toStrictEqual(expensive)
})

spec(['GATE/NFR-001', 'GATE/FR-008'], 'a canary that something spoilt is no proof', async () => {
  await using world = await stoppedRun(stoppedAt('GATE/NFR-001', degraded))
  expect(await reused(world)).toStrictEqual(['GATE/FR-002'])
  expect(world.told[0]).toContain('GATE/NFR-001 did not pass there')
})

spec('GATE/FR-008', 'a weakened run and one that began to publish leave no record', async () => {
  for (const seen of [{ ...perfectRun(), foreignOptions: ['--retry 2'] }, perfectRun()]) {
    await using world = await stoppedRun(seen)
    expect(await reused(world)).toStrictEqual([])
    expect(world.told[0]).toContain('it left no record')
  }
})
