import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { packWheel } from '../../fixtures/candidates/index.ts'
import { createHistories } from '../../fixtures/histories/index.ts'
import { startPackageIndex } from '../../fixtures/index/index.ts'
import { spec } from '../spec.ts'

const program = join(
  import.meta.dirname,
  '..',
  '..',
  'packages',
  'canary-gate',
  'bin',
  'canary-gate.js',
)

spec(
  'GATE/FR-003',
  'the command prints candidates and the chosen one, and exits 1 without one',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'candidates-command-'))
    const { cli, baseline } = await createHistories(folder)
    const wheel = packWheel({
      project: 'spec-kitty-cli',
      version: '3.2.0rc16',
      summary: '',
      requires: [],
      scripts: {},
      files: {},
    })
    await using index = await startPackageIndex({ wheels: [wheel] })
    const run = (
      ...more: string[]
    ): Promise<{ stdout: string; stderr: string; exitCode?: number }> =>
      execa(
        process.execPath,
        [
          program,
          'candidates',
          '--repo',
          cli.folder,
          '--index',
          index.url,
          '--baseline',
          baseline,
          ...more,
        ],
        { reject: false },
      )
    const { stdout, exitCode } = await run('--json')
    expect(exitCode).toBe(0)
    const printed = JSON.parse(stdout) as { candidates: unknown[]; chosen: unknown }
    expect(printed.chosen).toMatchObject({
      tag: 'v3.2.0rc16',
      version: '3.2.0rc16',
      eligible: true,
      reasons: [],
    })
    expect(printed.candidates).toContainEqual(
      expect.objectContaining({
        tag: 'v3.2.0rc15',
        eligible: false,
        reasons: expect.arrayContaining([
          expect.stringContaining('not-after-the-last-candidate'),
        ]) as unknown,
      }),
    )
    const none = await run('--after', '3.2.0rc16')
    expect(none.exitCode).toBe(1)
    expect(none.stdout).toContain('the gate never cuts one')
    const forPrograms = await run('--after', '3.2.0rc16', '--json')
    expect(JSON.parse(forPrograms.stdout)).toMatchObject({ chosen: null })
    expect(forPrograms.stderr).toContain('the gate never cuts one')
    await rm(folder, { recursive: true, force: true })
  },
)

const wrong: readonly (readonly [args: readonly string[], says: string])[] = [
  [['--repo', './no-such-folder'], 'there is no such folder'],
  [['--repo', '.', '--after', 'newest'], 'write one such as 3.2.0rc15'],
  [['--repo', '.', '--index', 'pypi'], 'write one that begins with https://'],
  [['--repo', '.', '--index', 'http://'], 'write one that begins with https://'],
]
for (const [args, says] of wrong)
  spec('GATE/FR-003', `${args.slice(-2).join(' ')} is refused: ${says}`, async () => {
    const command = [program, 'candidates', ...args]
    const { exitCode, stderr } = await execa(process.execPath, command, { reject: false })
    expect(stderr).toContain(says)
    expect(exitCode).toBe(2)
  })
