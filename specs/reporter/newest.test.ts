import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { takenUp } from '../../src/gate/resume/mark.ts'
import { announceVerdict, beginRun, latestRun, withdrawVerdict } from '../../src/gate/run/begin.ts'
import { isDryRun } from '../../src/gate/run/dry-run.ts'
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
    const begin = (id: string, dryRun: boolean, takesUp?: string): Promise<string> =>
      beginRun(runs, id, new Date(0), { dryRun, takesUp })
    const usual = await begin('usual', false)
    await announceVerdict(runs, 'usual')
    const dry = await begin('dry', true, 'usual')
    expect(await latestRun(runs)).toBeUndefined()
    expect([await isDryRun(usual), await isDryRun(dry)]).toEqual([false, true])
    expect([await takenUp(usual), (await takenUp(dry))?.id]).toEqual([undefined, 'usual'])
    await expect(begin('usual', false)).rejects.toThrow(/EEXIST/)
    await rm(runs, { recursive: true, force: true })
  },
)
