import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { examplesIn, verdictExamples } from '../../fixtures/fix-corpus/examples.ts'
import { spec } from '../spec.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verdicts-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

spec(
  'GATE/FR-002',
  'docs/prover.md shows for each verdict what the program prints; `npm run verdicts` writes it',
  async () => {
    const page = await readFile(join(import.meta.dirname, '../../docs/prover.md'), 'utf8')
    expect(examplesIn.exec(page)?.[0]).toBe(await verdictExamples(folder))
  },
  300_000,
)
