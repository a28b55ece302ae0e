import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { corpus, javascriptCriteria, writeCorpus } from '../../../fixtures/fix-corpus/index.ts'
import { installedProgram } from '../installed.ts'
import { residentSizes } from '../resident.ts'
import type { BenchRow } from '../row.ts'

const COMMITS = 102
const CRITERION = 1141

export const row: BenchRow = {
  name: `peak resident size of canary-gate inspect-fix --run-tests of ${COMMITS} commits in one call`,
  unit: 'MB',
  bar: { atMost: 500 },
  measure: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inspect-memory-'))
    try {
      const own = corpus.filter(
        ({ language, criterion }) => language === 'javascript' && criterion === CRITERION,
      )
      const cases = await writeCorpus(folder, own)
      const shas = cases.flatMap(({ commits }) => commits.slice(0, 1))
      const list = Array.from({ length: COMMITS }, (_, at) => shas[at % shas.length])
      await writeFile(join(folder, 'shas.txt'), list.join('\n'))
      await writeFile(join(folder, 'criterion.json'), JSON.stringify(javascriptCriteria[CRITERION]))
      return Math.max(...(await sizesOf(folder, cases[0]?.repo ?? ''))) / 1024
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function sizesOf(folder: string, repo: string): Promise<readonly number[]> {
  const words = ['inspect-fix', '--repo', repo, '--commits', join(folder, 'shas.txt')]
  const more = ['--criterion', join(folder, 'criterion.json'), '--run-tests']
  const program = await installedProgram('canary-gate')
  const child = spawn(process.execPath, [program, ...words, ...more])
  let lines = 0
  child.stdout.on('data', (text: Buffer) => (lines += text.toString().split('\n').length - 1))
  const sizes = await residentSizes(child)
  if (lines !== COMMITS) throw new Error(`${lines} of ${COMMITS} commits were judged`)
  return sizes
}
