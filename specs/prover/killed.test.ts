import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect } from 'vitest'
import { findSandbox } from '../../packages/fix-prover/src/runners/sandbox.ts'
import { spec } from '../spec.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prover-killed-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const program = fileURLToPath(
  new URL('../../packages/fix-prover/src/runners/program.ts', import.meta.url),
)

spec(
  'GATE/NFR-004',
  'tests that run while the prover is killed do not outlive it',
  async ({ skip }) => {
    const { words } = await findSandbox()
    if (!words.includes('--pdeathsig')) skip('this machine ends nothing with a killed program')
    const beat = join(folder, 'beat')
    const beats = `setInterval(() => require('node:fs').appendFileSync(${JSON.stringify(beat)}, '.'), 50)`
    const run = `import { runTestProgram } from ${JSON.stringify(program)}
      const command = [process.execPath, '-e', ${JSON.stringify(beats)}]
      await runTestProgram({ command, cwd: '/', own: ${JSON.stringify(folder)}, timeoutMs: 300000 })`
    const prover = spawn(process.execPath, ['--input-type=module', '-e', run], { stdio: 'ignore' })
    await expect.poll(() => sizeOf(beat), { timeout: 60_000 }).toBeGreaterThan(0)
    prover.kill('SIGKILL')
    await once(prover, 'exit')
    await expect.poll(() => isQuiet(beat), { timeout: 60_000 }).toBe(true)
  },
  180_000,
)

async function isQuiet(file: string): Promise<boolean> {
  const before = await sizeOf(file)
  await wait(1000)
  return (await sizeOf(file)) === before
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  )
}
