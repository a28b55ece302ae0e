import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { runRealGate, runShortGate, runShortProgram } from '../../fixtures/short-run/short-run.ts'
import { wrongSettings } from '../../packages/gate-kernel/src/run/settings.ts'
import { spec } from '../spec.ts'
import { withShortGate } from '../weakenings/weakened.ts'

const wrong: readonly (readonly [name: string, value: string, told: string])[] = [
  ['CANARY_GATE_RUN_ID', '', 'is empty'],
  ['CANARY_GATE_RUN_ID', '../../elsewhere', 'write letters, digits'],
  ['CANARY_GATE_RUN_ID', 'a/b', 'write letters, digits'],
  ['CANARY_GATE_RUN_ID', 'my run', 'write letters, digits'],
  ['CANARY_GATE_RUN_ID', 'latest', 'write letters, digits'],
  ['CANARY_GATE_RUN_ID', 'x'.repeat(300), 'write letters, digits'],
  ['CANARY_GATE_ARTIFACTS', ' ', 'is empty'],
  ['CANARY_GATE_CONFIG', '', 'is empty'],
  ['CANARY_GATE_DRY_RUN', '0', 'write 1'],
  ['CANARY_GATE_DRY_RUN', '', 'write 1'],
  ['CANARY_GATE_RESUME', 'r', 'needs CANARY_GATE_CONFIG'],
  ['CANARY_GATE_RESUME', '../../elsewhere', 'write letters, digits'],
  ['CANARY_GATE_FAULTS', '{', 'is not JSON'],
  ['CANARY_GATE_FAULTS', '7', 'is not a JSON object'],
  ['CANARY_GATE_DRYRUN', '1', 'is unknown'],
]

spec(
  'GATE/FR-008',
  'each variable that steers a run is checked, and the error says what to write',
  () => {
    for (const [name, value, told] of wrong) {
      const [problem, ...others] = wrongSettings({ [name]: value }, '/nowhere')
      expect(problem, `${name}=${value}`).toContain(told)
      expect(problem).toMatch(new RegExp(`^${name} `))
      expect(problem?.length).toBeLessThan(300)
      expect(others).toEqual([])
    }
    const right = { CANARY_GATE_RUN_ID: '20260520T080000Z-1f3a', CANARY_GATE_DRY_RUN: '1' }
    expect(
      wrongSettings({ ...right, CANARY_GATE_CONFIG: 'live.toml', PATH: '' }, '/nowhere'),
    ).toEqual([])
    const mixed = { CANARY_GATE_FAULTS: '{}', CANARY_GATE_CONFIG: 'live.toml' }
    expect(wrongSettings(mixed, '/nowhere')).toEqual([
      'CANARY_GATE_FAULTS is for a rehearsal; unset it, or unset CANARY_GATE_CONFIG',
    ])
    const taken = { CANARY_GATE_RESUME: '20260520T080000Z-1f3a', CANARY_GATE_CONFIG: 'live.toml' }
    expect(wrongSettings(taken, '/nowhere')[0]).toContain('has no such run')
  },
)

spec(
  'GATE/FR-008',
  'wrong variables end the run before it makes anything, all in one list',
  async () => {
    await withShortGate(async (folder) => {
      const runs = join(folder, 'artifacts', 'gate')
      await mkdir(join(runs, 'taken'), { recursive: true })
      const variables = { CANARY_GATE_RUN_ID: 'taken', CANARY_GATE_DRYRUN: '1' }
      const result = await runShortGate(folder, ['run', 'gate'], variables)
      expect(result, result.output).toMatchObject({ exitCode: 2, publications: 0 })
      expect(result.output).toContain(`CANARY_GATE_RUN_ID is "taken", which ${runs} has already`)
      expect(result.output).toContain('CANARY_GATE_DRYRUN is unknown')
      expect(result.output).not.toContain('❯')
      expect(await readdir(runs)).toEqual(['taken'])
      expect(await readdir(join(runs, 'taken'))).toEqual([])
    })
  },
)

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'settings-'))
  try {
    await body(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

spec(
  'GATE/FR-008',
  'a configuration that cannot be used ends the run before it makes anything, without a stack',
  async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'cut.toml'), 'name = "li')
      await writeFile(join(folder, 'keys.toml'), '[github]\napiurl = 3\n')
      for (const [file, told] of [
        ['absent.toml', 'copy docs/example.live.toml there and adapt it'],
        ['cut.toml', 'cut.toml is not valid TOML'],
        ['keys.toml', '\n    - github.apiurl: no such key; write apiUrl\n'],
      ] as const) {
        const variables = { CANARY_GATE_CONFIG: join(folder, file) }
        const result = await runRealGate(folder, ['run', 'gate'], variables)
        expect(result, result.output).toMatchObject({ exitCode: 2, publications: 0 })
        expect(result.output).toContain(`the gate was not started:\n  - `)
        expect(result.output).toContain(told)
        expect(result.output).not.toContain('❯')
        expect(await readdir(folder)).not.toContain('artifacts')
      }
    })
  },
)

spec(
  'GATE/FR-008',
  'the program takes options; a variable that asks for less is refused',
  async () => {
    await withShortGate(async (folder) => {
      for (const [name, value, told] of [
        ['CANARY_GATE_DRY_RUN', '1', 'write --dry-run'],
        ['CANARY_GATE_CONFIG', 'live.toml', 'write --config FILE'],
        ['CANARY_GATE_RUN_ID', 'mine', 'unset it'],
        ['CANARY_GATE_ARTIFACTS', '', 'name a folder'],
      ] as const) {
        const result = await runShortProgram(folder, ['run'], { [name]: value })
        expect(result, result.output).toMatchObject({ exitCode: 2, publications: 0 })
        expect(result.output).toContain(told)
      }
    })
  },
)
