import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'
import { passesFor } from '../../packages/canary-gate/src/commands/plan.ts'
import { verifyRun } from '../../packages/gate-kernel/src/attestation/verify.ts'
import {
  verifyFourRunProtocol,
  verifySingleCanary,
} from '../../packages/phase4-gate/src/canary/requirements.ts'
import { gate } from '../../gate/gate.ts'
import { verifyZeroInterventions } from '../../packages/phase4-gate/src/interventions/requirements.ts'
import { failureRateBound } from '../../packages/phase4-gate/src/publication/confidence.ts'
import {
  verifyE2eCommentReady,
  verifyTrackerCommentReady,
} from '../../packages/phase4-gate/src/publication/requirements.ts'
import { exampleWorld } from '../../packages/phase4-gate/src/live-config/example.ts'
import { worldSchema } from '../../packages/phase4-gate/src/world/schema.ts'
import { attestRun, placesIn, writeDocuments } from '../attestation/sealed-run.ts'
import { stopOf } from '../preflight/world.ts'
import { openProvenRun } from '../publication/proven-run.ts'
import { spec } from '../spec.ts'
import { canaryWorld } from './world.ts'

spec(
  ['GATE/FR-008', 'GATE/NFR-001'],
  'as many runs as are configured are asked for, and every one counts',
  async () => {
    await using world = await canaryWorld({}, { runs: 6 })
    await verifySingleCanary(world.run)
    await verifyFourRunProtocol(world.run)
    await verifyZeroInterventions(world.run)
    const { runs, files } = await world.run.facts.read('fourRun')
    expect(runs.map(({ run_number }) => run_number)).toEqual([1, 2, 3, 4, 5, 6])
    expect(files).toContain('runs/run-6.json')
  },
)

spec(
  'GATE/FR-008',
  'one run fewer than configured is not enough, and a failure of the last one counts',
  async () => {
    await using world = await canaryWorld({}, { runs: 6 })
    await verifySingleCanary(world.run)
    await world.play({ writes: [1, 2, 3, 4, 5] })
    const missing = await stopOf(verifyFourRunProtocol(world.run))
    expect(missing).toMatchObject({ code: 'canary-unusable', verdict: 'inconclusive' })
    expect(missing.findings?.join()).toContain('run-6.json: the harness did not write it')
  },
)

spec('GATE/FR-008', 'fewer than four runs cannot be configured', () => {
  const withRuns = (runs: unknown): boolean =>
    worldSchema.safeParse({ ...exampleWorld, canary: { ...exampleWorld.canary, runs } }).success
  expect([3, 0, -4, 4.5, '8', 1001].filter(withRuns)).toEqual([])
  expect([4, 29, 1000].every(withRuns)).toBe(true)
})

spec(
  ['GATE/FR-011', 'GATE/FR-014'],
  'comments are complete only with as many runs as are configured',
  async () => {
    await using proven = await openProvenRun()
    const { world } = proven.run
    const run = { ...proven.run, world: { ...world, canary: { ...world.canary, runs: 5 } } }
    for (const verify of [verifyE2eCommentReady, verifyTrackerCommentReady]) {
      const stop = await stopOf(verify(run))
      expect(JSON.stringify(stop)).toMatch(/16 of 20 cells pass.*4 run files, not 5|5\/5/)
    }
  },
)

spec(
  'GATE/NFR-003',
  'verify asks for as many run documents as the world of the run, and never for fewer than four',
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'more-runs-'))
    try {
      const sealed = async (name: string, written: number, configured: number) => {
        const { run, attempt } = placesIn(join(root, name))
        await mkdir(run, { recursive: true })
        await writeDocuments(join(root, name), written)
        const file = join(run, 'world.json')
        const world = JSON.parse(await readFile(file, 'utf8')) as object
        await writeFile(file, JSON.stringify({ ...world, canary: { runs: configured } }))
        await attestRun(join(root, name))
        const parse = (bytes: Buffer): unknown => JSON.parse(bytes.toString())
        return verifyRun(run, { gate, parse, attemptFolder: attempt })
      }
      expect(await sealed('six', 6, 6)).toMatchObject({ ok: true, verdict: 'release' })
      expect((await sealed('five', 5, 6)).problems.join()).toContain(
        'run-6.json is not a run document',
      )
      expect((await sealed('three', 3, 3)).problems.join()).toContain(
        'run-4.json is not a run document',
      )
    } finally {
      await rm(root, { recursive: true })
    }
  },
)

spec('GATE/FR-008', 'the planned number is the smallest that keeps the bound', () => {
  expect(passesFor(0.1, 0.95)).toBe(29)
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 0.9, noNaN: true }), (bound) => {
      const runs = passesFor(bound, 0.95)
      expect(failureRateBound(runs)).toBeLessThanOrEqual(bound + 1e-9)
      if (runs > 1) expect(failureRateBound(runs - 1)).toBeGreaterThan(bound - 1e-9)
    }),
  )
})
