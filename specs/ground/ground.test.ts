import { mkdir, readdir, rm, statfs, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { mountSmallDisk } from '../../fixtures/engine/small-disk.ts'
import { gateFile, passing, runRealGate, runShortGate } from '../../fixtures/short-run/short-run.ts'
import { onFullDisk } from '../../packages/gate-kernel/src/run/ground.ts'
import type { StopReport } from '../../packages/gate-kernel/src/stop/verdict.ts'
import { missingTool } from '../../packages/phase4-gate/src/run/missing-tool.ts'
import { spec } from '../spec.ts'
import { expectNoRelease, withShortGate } from '../weakenings/weakened.ts'

// What a run stands on may be missing before it begins, break while it runs, or at its very end. Each end
// is a screen that names the environment and what to do; never a stack, never a word on the candidate.

const disk = mountSmallDisk(12)
afterAll(() => disk?.[Symbol.dispose]())

/** A short gate whose runs are kept on the small disk. */
async function withSmallDisk(body: (folder: string) => Promise<void>): Promise<void> {
  await withShortGate(async (folder) => {
    const runs = join(disk!.folder, 'runs')
    await mkdir(runs)
    await symlink(runs, join(folder, 'artifacts'))
    await body(folder).finally(() => rm(runs, { recursive: true }))
  })
}

function expectEnvironment(output: string): void {
  expect(output).toMatch(/^ {2}HOLD/m)
  expect(output).toMatch(/^ {2}Cause {7}environment/m)
  expect(output).toMatch(/^ {2}Next {8}\S/m)
  expect(output).not.toMatch(/node:internal|\n\s+at |❯|Unhandled/)
}

const noDisk = disk === undefined ? 'this user may not mount a file system' : undefined

spec('GATE/FR-008', 'without room for its own end a run is not begun', async ({ skip }) => {
  if (noDisk !== undefined) return skip(noDisk)
  await withSmallDisk(async (folder) => {
    disk!.fill()
    const result = await runShortGate(folder, ['run', 'gate'])
    expectNoRelease(result)
    expectEnvironment(result.output)
    expect(result.output).toContain('the run could not be begun, nothing was started')
    expect(result.output).toContain('no space left on device')
    disk!.free()
    expect(await readdir(join(folder, 'artifacts', 'gate')).catch(() => [])).toEqual([])
  })
})

/** Fills the disk below the folder of runs, in the process of the requirement. */
const fills = (folder: string, then: string): string =>
  passing(
    1,
    `async () => {
      const { writeFileSync, statfsSync } = await import('node:fs')
      const { bavail, bsize } = statfsSync(${JSON.stringify(join(folder, 'artifacts'))})
      writeFileSync(${JSON.stringify(join(folder, 'artifacts', 'ballast'))}, Buffer.alloc(bavail * bsize, 1))
      ${then}
    }`,
  )

spec(
  ['GATE/FR-008', 'GATE/NFR-001'],
  'a stop on a full disk says nothing about the candidate, and its evidence is written all the same',
  async ({ skip }) => {
    if (noDisk !== undefined) return skip(noDisk)
    const accuses = `throw Object.assign(new Error('2 rows removed from queue'), { name: 'AssertionError' })`
    await withSmallDisk(async (folder) => {
      await writeFile(gateFile(folder, 1), fills(folder, accuses))
      const result = await runShortGate(folder, ['run', 'gate'])
      expectNoRelease(result)
      expectEnvironment(result.output)
      expect(result.evidence?.stop).toMatchObject({
        ...{ requirement: 'GATE/C-005', code: 'file-system', cause: 'environment' },
        ...{ verdict: 'inconclusive', findings: ['assertion-failed: 2 rows removed from queue'] },
      })
    })
  },
)

spec(
  'GATE/FR-008',
  'a requirement that passed but cannot be recorded stops the run there',
  async ({ skip }) => {
    if (noDisk !== undefined) return skip(noDisk)
    await withSmallDisk(async (folder) => {
      await writeFile(gateFile(folder, 1), fills(folder, ''))
      const result = await runShortGate(folder, ['run', 'gate'])
      expectNoRelease(result)
      expectEnvironment(result.output)
      expect(result.evidence?.stop).toMatchObject({
        requirement: 'GATE/C-005',
        code: 'file-system',
      })
    })
  },
)

spec(
  ['GATE/FR-011', 'GATE/FR-012'],
  'a disk that fills while the run publishes leaves evidence, and the command that completes it',
  async ({ skip }) => {
    if (noDisk !== undefined) return skip(noDisk)
    await withSmallDisk(async (folder) => {
      await writeFile(join(folder, 'fills'), join(folder, 'artifacts', 'ballast'))
      const result = await runShortGate(folder, ['run', 'gate'])
      expect(result.exitCode).toBe(1)
      expect(result.publications).toBe(1)
      expectEnvironment(result.output)
      expect(result.evidence).toMatchObject({ verdict: 'hold', stop: { code: 'file-system' } })
      expect(result.output).toMatch(/Next .*canary-gate publish --resume /)
    })
  },
)

spec(
  'GATE/FR-008',
  'a folder of runs that is none, and no folder for temporary files, are said at the start',
  async () => {
    await withShortGate(async (folder) => {
      await writeFile(join(folder, 'artifacts'), 'a file')
      const closed = await runShortGate(folder, ['run', 'gate'])
      expectEnvironment(closed.output)
      expect(closed.output).toContain('let CANARY_GATE_ARTIFACTS name another folder')
      expect(closed).toMatchObject({ exitCode: 1, publications: 0 })
    })
    await withShortGate(async (folder) => {
      const none = await runShortGate(folder, ['run', 'gate'], { TMPDIR: join(folder, 'none') })
      expectEnvironment(none.output)
      expect(none.output).toContain('let TMPDIR name another one')
      expect(none).toMatchObject({ exitCode: 1, publications: 0 })
    })
  },
)

spec('GATE/FR-008', 'a rehearsal says at once which tool it needs, without a stack', async () => {
  await withShortGate(async (folder) => {
    const empty = join(folder, 'no-tools')
    await mkdir(empty)
    const { output, exitCode } = await runRealGate(folder, ['run', 'gate'], { PATH: empty })
    expect(exitCode).toBe(1)
    expectEnvironment(output.replace(/^.*Unhandled Error.*$/m, ''))
    expect(output).toContain(
      'a rehearsal needs git, and it could not be started (ENOENT): install it',
    )
  })
})

const accusation: StopReport = {
  ...{ code: 'intervention', what: 'a row is gone', where: '/queue.db', next: 'ask who did it' },
  ...{ verdict: 'fail', cause: 'product' },
}

spec('GATE/NFR-001', 'where there is room a stop keeps its own words', async () => {
  expect(await onFullDisk(accusation, ['/nowhere/at/all'])).toBe(accusation)
})

spec('GATE/NFR-001', 'a disk that takes no more files is full, too', async ({ skip }) => {
  using small = mountSmallDisk(8, 'ext4')
  if (small === undefined) return skip('this user may not mount a file system')
  expect(await onFullDisk(accusation, [small.folder])).toBe(accusation)
  const { ffree } = await statfs(small.folder)
  for (let file = 0; file < ffree; file += 1) await writeFile(join(small.folder, `${file}`), '')
  expect(await onFullDisk(accusation, [small.folder])).toMatchObject({ cause: 'environment' })
})

spec('GATE/FR-008', 'a program that could not be started is a tool that is missing', () => {
  const output = { stdout: '', stderr: '', log: 'run.sh: line 3: jq: command not found\n' }
  const missing = [
    { ...output, kind: 'exited', exitCode: 127 },
    { ...output, kind: 'exited', exitCode: 126 },
    { ...output, kind: 'not-started', reason: 'spawn bash ENOENT' },
  ] as const
  for (const outcome of missing)
    expect(missingTool(outcome, ['bash', 'run.sh'])?.report).toMatchObject({
      ...{ code: 'tool-missing', cause: 'environment', verdict: 'inconclusive' },
      ...{ where: 'bash run.sh' },
    })
  const others = [
    { ...output, kind: 'exited', exitCode: 1 },
    { ...output, kind: 'timed-out', afterMs: 1 },
    { ...output, kind: 'killed', signal: 'SIGKILL' },
  ] as const
  for (const outcome of others) expect(missingTool(outcome, ['bash'])).toBeUndefined()
})
