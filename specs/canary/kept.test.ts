import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { requireDocumentsKept } from '../../packages/phase4-gate/src/canary/kept.ts'
import { harnessOutput } from '../../packages/phase4-gate/src/canary/output.ts'
import { stopOf } from '../preflight/world.ts'
import { openProvenRun, type ProvenRun } from '../publication/proven-run.ts'
import { spec } from '../spec.ts'

/** The harness's own documents, as they were kept. */
async function written({ run }: ProvenRun): Promise<(number: number) => string> {
  const { folder } = await run.facts.read('attempt')
  const output = harnessOutput(run)
  const runFile = (number: number): string => output.runFile(number)
  for (const number of [1, 2, 3, 4]) {
    await mkdir(dirname(runFile(number)), { recursive: true })
    await writeFile(runFile(number), await readFile(join(folder, `runs/run-${number}.json`)))
  }
  return runFile
}

/** What is written to the document of the second run after it was kept, and whether it may be. */
const later: Readonly<Record<string, readonly [change: (text: string) => string, may: boolean]>> = {
  nothing: [(text) => text, true],
  'another verdict': [(text) => text.replace('pass', 'fail'), false],
  'half of it': [(text) => text.slice(0, 40), false],
  'a line break': [(text) => `${text}\n`, false],
  'another run': [(text) => text.replace(/(run_id":\s*")./, '$19'), true],
}

spec(
  'GATE/FR-008',
  'a run that says something else after it was kept is not released',
  async () => {
    await using proven = await openProvenRun()
    const { run } = proven
    run.world.canary.cwd = run.world.workspace
    for (const [what, [change, may]] of Object.entries(later)) {
      const runFile = await written(proven)
      await writeFile(runFile(2), change(await readFile(runFile(2), 'utf8')))
      const ended = requireDocumentsKept(run)
      if (may) await expect(ended, what).resolves.toBeUndefined()
      else
        expect(await stopOf(ended), what).toMatchObject({
          ...{ code: 'canary-document-changed', findings: ['runs/run-2.json'] },
        })
    }
    await rm(dirname(harnessOutput(run).runFile(1)), { recursive: true })
    await expect(requireDocumentsKept(run)).resolves.toBeUndefined()
  },
)
