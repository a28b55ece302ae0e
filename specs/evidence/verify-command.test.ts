import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { sealAttempt } from '../../packages/gate-kernel/src/evidence/seal.ts'
import { spec } from '../spec.ts'
import { testRun } from './workspace.ts'

async function verify(...args: string[]): Promise<{ exitCode: number; stdout: string }> {
  const program = join(import.meta.dirname, 'run-program.ts')
  const { exitCode, stdout } = await execa(process.execPath, [program, 'verify', ...args], {
    reject: false,
  })
  return { exitCode: exitCode ?? -1, stdout }
}

spec('GATE/NFR-003', 'canary-gate verify tells intact, modified and not sealed apart', async () => {
  await using world = await testRun()
  const folder = join(world.root, 'v3.2.0rc16-attempt1')
  await mkdir(folder)
  await writeFile(join(folder, 'run-1.json'), '{}')
  const unsealed = await verify(folder)
  expect([unsealed.exitCode, unsealed.stdout]).toEqual([
    3,
    expect.stringMatching(/^NOT SEALED.*\n {2}- not sealed: it has no manifest\.json$/m),
  ])
  await world.run.facts.write('seal', await sealAttempt(folder))
  const intact = await verify(folder, '--run', world.run.folder)
  expect([intact.exitCode, intact.stdout]).toEqual([0, expect.stringContaining('intact: 1 files')])
  expect((await verify(folder, '--run', world.root)).exitCode).toBe(1)
  await rename(join(folder, 'manifest.json'), join(world.root, 'kept.json'))
  const removed = await verify(folder)
  expect([removed.exitCode, removed.stdout]).toEqual([
    1,
    expect.stringMatching(/^NOT INTACT\n.*\n {2}- and yet its seal is recorded: .*\.seal\.json$/m),
  ])
  await rename(join(world.root, 'kept.json'), join(folder, 'manifest.json'))
  await chmod(join(folder, 'run-1.json'), 0o644)
  await writeFile(join(folder, 'run-1.json'), '[]')
  const modified = await verify(folder, '--json')
  expect(modified.exitCode).toBe(1)
  const report: unknown = JSON.parse(modified.stdout)
  expect(report).toMatchObject({ ok: false, problems: [expect.stringMatching(/run-1\.json/)] })
})
