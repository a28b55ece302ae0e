import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { readRuns } from '../../packages/canary-gate/src/program/runs.ts'
import { againstRelease } from '../../packages/gate-kernel/src/evidence/release.ts'
import { evidenceSchema } from '../../packages/gate-kernel/src/evidence/run-evidence.ts'
import { json, placesIn, readJson, runId, writeDocuments } from '../attestation/sealed-run.ts'
import { spec } from '../spec.ts'

let folder: string
let released: Record<string, unknown>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contradicting-'))
  await writeDocuments(folder)
  released = await readJson(join(placesIn(folder).run, 'evidence.json'))
})
afterAll(() => rm(folder, { recursive: true }))

type Result = Record<string, unknown>
const results = (): Result[] => structuredClone(released['requirements']) as Result[]
const withResult = (change: object): object => ({
  requirements: results().map((one, place) => (place === 9 ? { ...one, ...change } : one)),
})
const stop = {
  ...{ code: 'x', verdict: 'fail', cause: 'product', what: 'x', where: 'x', next: 'x' },
  requirement: 'GATE/FR-001',
}

/** What no run that released can have written. */
const contradictions: Readonly<Record<string, () => object>> = {
  'no requirement': () => ({ requirements: [] }),
  'a requirement twice': () => ({ requirements: [...results(), ...results().slice(0, 1)] }),
  'a failed requirement': () => withResult({ verdict: 'fail' }),
  'a blocked requirement': () => withResult({ verdict: 'blocked' }),
  'an inconclusive requirement': () => withResult({ verdict: 'inconclusive' }),
  'a requirement that was not run': () => withResult({ verdict: 'not-run' }),
  'a stop of a requirement that passed': () =>
    withResult({ stop: { ...stop, requirement: undefined } }),
  'a reason why a passed one was not run': () => withResult({ stoppedBy: 'GATE/FR-001' }),
  'a waiver of a passed one': () => withResult({ waiver: 'a'.repeat(64) }),
  'a stop': () => ({ stop }),
  'a weakening': () => ({ weakenings: [{ code: 'option', what: '--retry' }] }),
  'a publication that was withheld': () => ({
    publication: { ...publication(), status: 'withheld' },
  }),
  'a publication that broke': () => ({ publication: { ...publication(), status: 'broken' } }),
}
const publication = (): object => released['publication'] as object

spec(
  ['GATE/FR-008', 'GATE/NFR-003'],
  'a release that contradicts itself is shown as no verdict',
  async () => {
    for (const [what, change] of Object.entries(contradictions)) {
      const runs = join(folder, what)
      await mkdir(join(runs, runId), { recursive: true })
      await json(join(runs, runId, 'evidence.json'), { ...released, ...change() })
      expect([what, await readRuns(runs)]).toEqual([what, { runs: [], unreadable: [runId] }])
      const hold = { ...released, ...change(), verdict: 'hold' }
      await json(join(runs, 'hold.json'), hold)
      await rename(join(runs, 'hold.json'), join(runs, runId, 'evidence.json'))
      expect([what, (await readRuns(runs)).unreadable]).toEqual([what, []])
    }
  },
)

spec('GATE/FR-008', 'each contradiction is said, and nothing is said against a release', () => {
  expect(againstRelease(evidenceSchema.parse(released))).toEqual([])
  for (const [what, change] of Object.entries(contradictions)) {
    const evidence = evidenceSchema.parse(JSON.parse(JSON.stringify({ ...released, ...change() })))
    expect([what, againstRelease(evidence).length]).toEqual([what, 1])
  }
})
