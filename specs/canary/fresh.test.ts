import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'vitest'
import { plainFileVersion } from '../../packages/documents/src/index.ts'
import { readFresh } from '../../packages/phase4-gate/src/canary/output.ts'
import { spec } from '../spec.ts'

spec(
  ['GATE/FR-008', 'GATE/NFR-001'],
  'a document of before is never taken for one of this run, whenever its successor takes its place',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fresh-'))
    const file = join(folder, 'run-1.json')
    const [old, fresh] = ['{"run":"old"}', '{"run":"new"}']
    const stale: number[] = []
    try {
      for (let trial = 0; trial < 600; trial++) {
        await writeFile(file, old)
        await writeFile(`${file}.new`, fresh)
        const version = (await plainFileVersion(file)) ?? ''
        const before = { versions: new Map([[file, version]]), runIds: new Set<string>() }
        const reading = readFresh(file, before, [])
        for (let turns = 0; turns < trial % 30; turns++) await turn()
        await rename(`${file}.new`, file)
        const seen = await reading
        if ('text' in seen && seen.text === old) stale.push(trial)
      }
    } finally {
      await rm(folder, { recursive: true })
    }
    expect(stale).toEqual([])
  },
)
