import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { gateOrder } from '../../src/gate/register.ts'
import { readPassed } from '../../src/gate/run/judgement-file.ts'
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
  return readPassed(folder)
}

spec('GATE/FR-011', 'only a judgement of all requirements, passed, may be published', async () => {
  expect((await passedWith(gateOrder))?.requirements).toHaveLength(28)
  expect(await passedWith([])).toBeUndefined()
  expect(await passedWith(gateOrder.slice(1))).toBeUndefined()
  expect(await passedWith([...gateOrder].reverse())).toBeUndefined()
  expect(await passedWith(gateOrder, 'inconclusive')).toBeUndefined()
  expect(await passedWith(gateOrder, 'pass', 'not-run')).toBeUndefined()
  expect(await passedWith(gateOrder, 'fail', 'pass')).toBeUndefined()
})
