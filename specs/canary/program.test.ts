import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'
import { expect } from 'vitest'
import { startOf } from '../../src/gate/interventions/daemon.ts'
import { plainEnvironment, runProgram } from '../../src/gate/process.ts'
import { spec } from '../spec.ts'

const family = `
  const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 9)'])
  console.log(child.pid)
  setInterval(() => {}, 9)`

async function untilDead(pid: number): Promise<boolean> {
  for (let look = 0; look < 100; look += 1) {
    if ((await startOf(pid)) === null) return true
    await pause(20)
  }
  return false
}

spec(
  'GATE/FR-007',
  'a program that runs out of time is ended together with its children',
  async () => {
    const outcome = await runProgram({
      command: [process.execPath, '-e', family],
      env: plainEnvironment([]),
      timeoutMs: 500,
    })
    expect(outcome).toMatchObject({ kind: 'timed-out', afterMs: 500 })
    expect(await untilDead(Number(outcome.stdout))).toBe(true)
  },
)

spec('GATE/FR-007', 'a gate that is ended ends the program it had started', async () => {
  const script = join(import.meta.dirname, 'run-forever.ts')
  const started = execa(process.execPath, [script], { reject: false })
  const pid = await new Promise<number>((resolve) => {
    started.stdout.once('data', (data: Buffer) => resolve(Number(data)))
  })
  expect(await startOf(pid)).not.toBeNull()
  started.kill('SIGTERM')
  expect((await started).signal).toBe('SIGTERM')
  expect(await untilDead(pid)).toBe(true)
})

spec('GATE/FR-009', "a program inherits no token and none of the test runner's settings", () => {
  const env = {
    PATH: '/bin',
    MY_TOKEN: 'x',
    VITEST_MAX_WORKERS: '4',
    NODE_OPTIONS: '-r y',
    TEST: '1',
  }
  expect(plainEnvironment(['MY_TOKEN'], env)).toEqual({ PATH: '/bin' })
})
