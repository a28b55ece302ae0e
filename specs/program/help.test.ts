import { execa } from 'execa'
import { join } from 'node:path'
import { expect } from 'vitest'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')
const program = join(root, 'packages', 'canary-gate', 'bin', 'canary-gate.js')

async function canaryGate(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const result = await execa(process.execPath, [program, ...words], { reject: false, cwd: root })
  return { code: result.exitCode ?? -1, out: result.stdout, err: result.stderr }
}

const commands = [
  'run',
  'doctor',
  'publish',
  'verify',
  'candidates',
  'inspect-fix',
  'init',
  'trace',
  'prove',
  'history',
  'report',
  'plan',
  'waive',
] as const

for (const command of commands) {
  spec('GATE/FR-011', `${command} --help shows examples, exit codes and --json`, async () => {
    const { code, out } = await canaryGate(command, '--help')
    expect(code).toBe(0)
    expect(out).toContain(`$ npx canary-gate ${command}`)
    expect(out).toMatch(/exit codes/i)
    expect(out).toContain('--json')
  })
}

spec(
  'GATE/FR-011',
  'help lists every command; wrong words end with code 2 and a hint',
  async () => {
    const { out } = await canaryGate('--help')
    for (const command of commands) expect(out).toContain(`\n  ${command} `)
    for (const words of [['release'], ['run', '--fast'], ['publish'], ['doctor']]) {
      const { code, err } = await canaryGate(...words)
      expect(code, words.join(' ')).toBe(2)
      expect(err).toContain('--help')
    }
  },
)

spec('GATE/FR-011', 'the version is the package version', async () => {
  expect((await canaryGate('--version')).out).toMatch(/^\d+\.\d+\.\d+$/)
})
