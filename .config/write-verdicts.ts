// `npm run verdicts`: writes the examples of docs/prover.md anew, as the program prints them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { examplesIn, verdictExamples } from '../fixtures/fix-corpus/examples.ts'

const path = join(resolve(import.meta.dirname, '..'), 'docs', 'prover.md')
const folder = mkdtempSync(join(tmpdir(), 'verdicts-'))
const text = await verdictExamples(folder)
rmSync(folder, { recursive: true })
const page = readFileSync(path, 'utf8')
writeFileSync(
  path,
  page.replace(examplesIn, () => text),
)
