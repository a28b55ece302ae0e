import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { gate, type GateId } from '../../gate/gate.ts'
import { gateDigest } from '../../packages/gate-kernel/src/resume/gate-digest.ts'
import { ownPackages } from '../../packages/gate-kernel/src/resume/own-packages.ts'
import { reuse } from '../../packages/gate-kernel/src/resume/reuse.ts'
import type { Fact, FactName } from '../../packages/phase4-gate/src/run/facts.ts'
import { clearFolder } from '../../fixtures/rehearsal/clear.ts'
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

spec(
  'GATE/FR-008',
  'any edited, added or removed file of the gate changes its digest',
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'resume-'))
    try {
      const at = (...path: string[]): string => join(root, ...path)
      for (const folder of ['gate', 'reporters', 'packages']) {
        await mkdir(at(folder), { recursive: true })
        await writeFile(at(folder, 'a.ts'), 'a')
      }
      const digests = [
        await gateDigest({ root, folder: 'gate', sources: ['reporters', 'packages'] }),
      ]
      for (const folder of ['gate', 'reporters', 'packages']) {
        await writeFile(at(folder, 'a.ts'), 'b')
        digests.push(await gateDigest({ root, folder: 'gate', sources: ['reporters', 'packages'] }))
        await writeFile(at(folder, 'b.ts'), 'b')
        digests.push(await gateDigest({ root, folder: 'gate', sources: ['reporters', 'packages'] }))
        await rm(at(folder, 'a.ts'))
        digests.push(await gateDigest({ root, folder: 'gate', sources: ['reporters', 'packages'] }))
      }
      expect(new Set(digests).size).toBe(digests.length)
    } finally {
      await clearFolder(root)
    }
  },
)

spec(
  'GATE/FR-008',
  'each package that the gate rests on is a part of its digest, however it comes to be needed',
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'resume-'))
    try {
      const needs: Readonly<Record<string, readonly string[]>> = {
        ...{ 'canary-gate': ['@canary-gate/phase4-gate'], '@canary-gate/phase4-gate': ['zod'] },
        '@canary-gate/gate-kernel': ['@canary-gate/documents'],
        '@canary-gate/documents': [],
        ...{ '@canary-gate/reporters': [], '@canary-gate/stranger': [], zod: [] },
      }
      const fileOf = (name: string): string => join(root, 'node_modules', name, 'index.js')
      for (const [name, needed] of Object.entries(needs)) {
        await mkdir(join(root, 'node_modules', name), { recursive: true })
        const dependencies = Object.fromEntries(needed.map((one) => [one, '1.0.0']))
        const manifest = join(root, 'node_modules', name, 'package.json')
        await writeFile(manifest, JSON.stringify({ name, dependencies }))
        await writeFile(fileOf(name), 'a')
      }
      await mkdir(join(root, 'gate'))
      const digest = () => gateDigest({ root, folder: 'gate', sources: [] })
      const first = await digest()
      const noticed: string[] = []
      for (const name of Object.keys(needs)) {
        await writeFile(fileOf(name), 'b')
        if ((await digest()) !== first) noticed.push(name)
        await writeFile(fileOf(name), 'a')
      }
      expect(noticed).toStrictEqual(Object.keys(needs).filter((name) => !name.includes('stranger')))
      await rm(join(root, 'node_modules', '@canary-gate', 'documents'), { recursive: true })
      expect(await digest()).not.toBe(first)
    } finally {
      await clearFolder(root)
    }
  },
)

spec(
  'GATE/FR-008',
  'no package of this checkout that the gate can reach is left out of its digest',
  async () => {
    const names = (await ownPackages(gate.root)).map(({ name, folder }) => {
      return folder === undefined ? `${name} is absent` : name
    })
    expect(names).toStrictEqual([
      ...['@canary-gate/documents', '@canary-gate/fix-prover', '@canary-gate/gate-kernel'],
      ...['@canary-gate/phase4-gate', '@canary-gate/programs', '@canary-gate/reporters'],
      'canary-gate',
    ])
  },
)
