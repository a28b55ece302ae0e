import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import {
  beginHistory,
  readHistory,
  recordEvent,
} from '../../packages/gate-kernel/src/state/history.ts'
import { gate } from '../../gate/gate.ts'
import { spec } from '../spec.ts'

const second = (count: number): Date => new Date(Date.UTC(2026, 4, 20, 8, 0, count))

async function runFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'history-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

spec('GATE/FR-001', 'each change of state is on disk with its time and its reason', async () => {
  const folder = await runFolder()
  await beginHistory(folder, second(0))
  await recordEvent(gate, folder, { type: 'passed', id: 'GATE/FR-001' }, second(1))
  await recordEvent(gate, folder, { type: 'passed', id: 'GATE/FR-002' }, second(2))
  await recordEvent(
    gate,
    folder,
    { type: 'stopped', id: 'GATE/FR-003', reason: 'no rc16' },
    second(3),
  )
  const onDisk: unknown = JSON.parse(await readFile(join(folder, 'state.json'), 'utf8'))
  expect(onDisk).toEqual({
    state: 'STOPPED',
    reason: 'no rc16',
    history: [
      { state: 'IDLE', at: second(0).toISOString(), because: 'the run began' },
      { state: 'BLOCKERS_VERIFIED', at: second(2).toISOString(), because: 'GATE/FR-002 passed' },
      { state: 'STOPPED', at: second(3).toISOString(), because: 'no rc16' },
    ],
  })
})

spec('GATE/FR-001', 'a state file that is not one is refused, not repaired', async () => {
  const folder = await runFolder()
  await writeFile(join(folder, 'state.json'), '{"state":"DONE"}')
  await expect(readHistory(gate, folder)).rejects.toThrow()
})
