import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { runRealGate, type ShortRunResult } from '../../fixtures/short-run/short-run.ts'
import { spec } from '../spec.ts'
import { expectNoRelease } from './weakened.ts'

/** Runs this project's own gate, in the rehearsal world, where an older run is named as released. */
async function afterARelease(words: readonly string[]): Promise<ShortRunResult> {
  const folder = await mkdtemp(join(tmpdir(), 'real-run-'))
  try {
    const runs = join(folder, 'artifacts', 'gate')
    await mkdir(join(runs, 'older'), { recursive: true })
    await writeFile(join(runs, 'older', 'evidence.json'), '{"verdict":"release"}')
    await writeFile(join(runs, 'latest'), 'older\n')
    const result = await runRealGate(folder, words)
    expectNoRelease(result)
    for (const id of await readdir(runs)) {
      const published = await readdir(join(runs, id)).catch(() => [])
      expect(published).not.toContain('publication.json')
    }
    return result
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

// The real gate takes a minute; these end early by what they select. specs/weakenings/{options,
// selection,files}.test.ts try everything else on a gate of six requirements with the same
// configuration, reporters and latch.
spec('GATE/FR-008', 'real gate, one file: the other 27 are named as left out', async () => {
  const { evidence } = await afterARelease(['run', 'gate/01-'])
  expect(evidence?.requirements[0]).toMatchObject({ id: 'GATE/C-006', verdict: 'pass' })
  expect(evidence?.weakenings.filter((one) => one.code === 'filtered')).toHaveLength(27)
})

spec('GATE/FR-008', 'real gate, -t: a skipped requirement is no pass', async () => {
  const { evidence } = await afterARelease(['run', 'gate', '-t', 'C-006', '--bail=0'])
  expect(evidence?.requirements.map((one) => one.verdict)).toEqual([
    'pass',
    'inconclusive',
    ...Array<string>(26).fill('not-run'),
  ])
})

spec('GATE/FR-008', 'real gate, --shard: the last requirements alone do not begin', async () => {
  const { evidence } = await afterARelease(['run', 'gate', '--shard=28/28'])
  expect(evidence?.requirements.some((one) => one.verdict === 'pass')).toBe(false)
})

spec('GATE/FR-008', 'real gate, list and --project specs: no verdict at all', async () => {
  for (const words of [
    ['list', 'gate'],
    ['run', 'gate', '--project=specs'],
  ]) {
    expect((await afterARelease(words)).evidence, words.join(' ')).toBeUndefined()
  }
})
