import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { watchRuns } from '../../packages/phase4-gate/src/canary/watch.ts'
import type { Fingerprint } from '../../packages/phase4-gate/src/run/fingerprint.ts'
import { spec } from '../spec.ts'

const look = (files: Fingerprint['files']): Fingerprint => ({
  ...{ takenAt: new Date().toISOString(), databases: {}, daemons: {}, service: null },
  files,
})

/** What a watch finds that sees these files, one look after the other. */
async function found(looks: readonly Fingerprint['files'][]): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'watch-'))
  try {
    const left = [...looks]
    const take = () => Promise.resolve(look((left.length > 1 ? left.shift() : left[0]) ?? {}))
    const watch = watchRuns({
      output: {
        ...{ latest: join(folder, 'latest.json'), secrets: [] },
        runFile: (number) => join(folder, `run-${number}.json`),
      },
      before: { versions: new Map(), runIds: new Set() },
      fingerprinter: { take, takeComplete: take },
      ...{ initial: look({}), runs: 1, ownSandboxes: true, onRunEnd: () => Promise.resolve() },
    })
    while (left.length > 1) await pause(5)
    return (await watch.stop()).interventions
  } finally {
    await rm(folder, { recursive: true })
  }
}

spec(
  'GATE/NFR-001',
  'a new file that is seen before its content is one finding, an edit of an old one another',
  async () => {
    expect(await found([{}, { 'a.yaml': 'empty' }, { 'a.yaml': 'full' }])).toEqual([
      'during run 1: file added: a.yaml',
    ])
    expect(
      await found([{}, { 'a.yaml': 'one' }, { 'a.yaml': 'one', 'b.yaml': 'x' }, { 'b.yaml': 'y' }]),
    ).toEqual([
      'during run 1: file added: a.yaml',
      'during run 1: file added: b.yaml',
      'during run 1: file deleted: a.yaml',
    ])
  },
)
