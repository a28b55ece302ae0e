import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { resumedRun } from '../../packages/gate-kernel/src/run/resumed.ts'
import {
  announceVerdict,
  beginRun,
  latestRun,
  withdrawVerdict,
} from '../../packages/gate-kernel/src/run/begin.ts'
import { isDryRun } from '../../packages/gate-kernel/src/run/dry-run.ts'
import { spec } from '../spec.ts'

spec('GATE/FR-008', 'runs that end at the same moment all end, and one is the newest', async () => {
  const runs = await mkdtemp(join(tmpdir(), 'newest-'))
  const ids = Array.from({ length: 40 }, (_, at) => `run-${at}`)
  for (const id of ids) await mkdir(join(runs, id))
  await Promise.all(ids.map((id) => announceVerdict(runs, id)))
  expect(ids).toContain(await latestRun(runs))
  expect((await readdir(runs)).toSorted()).toEqual([...ids, 'latest'].toSorted())
  withdrawVerdict(runs)
  expect(await latestRun(runs)).toBeUndefined()
  await rm(runs, { recursive: true, force: true })
})

spec(
  'GATE/FR-008',
  'a run that begins withdraws the last verdict and marks what it is',
  async () => {
    const runs = await mkdtemp(join(tmpdir(), 'newest-'))
    const begin = (id: string, dryRun: boolean, resumes?: string): Promise<string> =>
      beginRun(runs, id, new Date(0), { dryRun, resumes })
    const usual = await begin('usual', false)
    await announceVerdict(runs, 'usual')
    const dry = await begin('dry', true, 'usual')
    expect(await latestRun(runs)).toBeUndefined()
    expect([await isDryRun(usual), await isDryRun(dry)]).toEqual([false, true])
    expect([await resumedRun(usual), (await resumedRun(dry))?.id]).toEqual([undefined, 'usual'])
    await expect(begin('usual', false)).rejects.toThrow(/a run of that id already/)
    await rm(runs, { recursive: true, force: true })
  },
)
