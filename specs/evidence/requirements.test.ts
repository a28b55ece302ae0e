import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import {
  type Attempt,
  attemptsFolder,
  openAttempt,
} from '../../packages/phase4-gate/src/evidence/attempt.ts'
import {
  verifyEvidenceImmutable,
  verifyEvidencePreserved,
} from '../../packages/phase4-gate/src/evidence/requirements.ts'
import { manifestName } from '../../packages/gate-kernel/src/evidence/manifest.ts'
import { sealAttempt, sealRecordOf } from '../../packages/gate-kernel/src/evidence/seal.ts'
import { verifyEvidence } from '../../packages/gate-kernel/src/evidence/verify.ts'
import { spec } from '../spec.ts'
import { remove, testRun, type TestRun } from './workspace.ts'

const kept = ['run-1.json', 'runs/run-1.json', 'latest.json'] as const

/** An attempt that two canaries have filled, beside two attempts from before it. */
async function finished(world: TestRun): Promise<Attempt> {
  for (const number of [1, 2]) {
    const earlier = join(attemptsFolder(world.run), `v3.2.0rc15-attempt${number}`)
    await mkdir(earlier, { recursive: true })
    await writeFile(join(earlier, 'run-1.json'), '{}')
  }
  const attempt = await openAttempt(world.run, 'v3.2.0rc16')
  for (const name of kept) await attempt.write(name, '{}')
  const { facts } = world.run
  const proof = { runs: [], interventions: [] }
  await facts.write('single', { ...proof, protocol: 'single', files: ['run-1.json'] })
  await facts.write('fourRun', { ...proof, protocol: 'four-run', files: ['runs/run-1.json'] })
  return attempt
}

spec('GATE/FR-010', 'an attempt with all its files beside untouched ones is accepted', async () => {
  await using world = await testRun()
  await finished(world)
  await expect(verifyEvidencePreserved(world.run)).resolves.toBeUndefined()
})

for (const name of kept) {
  spec('GATE/FR-010', `an attempt without its ${name} is refused`, async () => {
    await using world = await testRun()
    const { folder } = await finished(world)
    await rm(join(folder, name))
    await expect(verifyEvidencePreserved(world.run)).rejects.toMatchObject({
      report: { code: 'evidence-missing', verdict: 'fail', findings: [name] },
    })
  })
}

spec('GATE/FR-010', 'an earlier attempt that changed and one that is gone are named', async () => {
  await using world = await testRun()
  await finished(world)
  const root = attemptsFolder(world.run)
  await writeFile(join(root, 'v3.2.0rc15-attempt1', 'run-1.json'), '{ }')
  await remove(join(root, 'v3.2.0rc15-attempt2'))
  await expect(verifyEvidencePreserved(world.run)).rejects.toMatchObject({
    report: {
      code: 'earlier-evidence-changed',
      verdict: 'fail',
      findings: ['v3.2.0rc15-attempt1 was changed', 'v3.2.0rc15-attempt2 was removed'],
    },
  })
})

spec('GATE/NFR-003', 'evidence that changed after its seal stops the gate', async () => {
  await using world = await testRun()
  const { folder } = await finished(world)
  await world.run.facts.write('seal', await sealAttempt(folder))
  await expect(verifyEvidenceImmutable(world.run)).resolves.toBeUndefined()
  await remove(join(folder, 'run-1.json'))
  await expect(verifyEvidenceImmutable(world.run)).rejects.toMatchObject({
    report: { code: 'evidence-modified', verdict: 'fail', findings: ['missing: run-1.json'] },
  })
})

spec(
  'GATE/NFR-003',
  'evidence that was edited and sealed anew is not what this run sealed',
  async () => {
    await using world = await testRun()
    const { folder } = await finished(world)
    await world.run.facts.write('seal', await sealAttempt(folder))
    await chmod(folder, 0o755)
    for (const name of ['latest.json', manifestName]) await remove(join(folder, name))
    await remove(sealRecordOf(folder))
    await writeFile(join(folder, 'latest.json'), '{"outcome":"pass"}')
    await sealAttempt(folder)
    expect((await verifyEvidence(folder)).ok).toBe(true)
    const stop: unknown = await verifyEvidenceImmutable(world.run).catch((error: unknown) => error)
    expect(stop).toMatchObject({ report: { code: 'evidence-modified', verdict: 'fail' } })
    expect(stop).toHaveProperty('report.what', expect.stringContaining('the record of this run'))
  },
)
