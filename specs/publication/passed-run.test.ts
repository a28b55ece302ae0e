import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { gate } from '../../gate/gate.ts'
import { readPassed } from '../../packages/gate-kernel/src/finish/passed-run.ts'
import { spec } from '../spec.ts'

async function passedWith(
  ids: readonly string[],
  verdict = 'pass',
  verdictOfLast = verdict,
): Promise<Awaited<ReturnType<typeof readPassed>>> {
  const folder = await mkdtemp(join(tmpdir(), 'passed-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const requirements = ids.map((id) => ({
    ...{ id, text: '', progress: [] },
    verdict: id === ids.at(-1) ? verdictOfLast : verdict,
  }))
  const text = JSON.stringify({ startedAt: new Date(0).toISOString(), requirements })
  await writeFile(join(folder, 'judgement.json'), text)
  return readPassed(gate, folder)
}

spec('GATE/FR-011', 'only a judgement of all requirements, passed, may be published', async () => {
  expect((await passedWith(gate.order))?.requirements).toHaveLength(28)
  expect(await passedWith([])).toBeUndefined()
  expect(await passedWith(gate.order.slice(1))).toBeUndefined()
  expect(await passedWith([...gate.order].reverse())).toBeUndefined()
  expect(await passedWith(gate.order, 'inconclusive')).toBeUndefined()
  expect(await passedWith(gate.order, 'pass', 'not-run')).toBeUndefined()
  expect(await passedWith(gate.order, 'fail', 'pass')).toBeUndefined()
})
