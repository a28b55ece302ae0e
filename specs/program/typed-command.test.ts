import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished } from 'vitest'
import { resumeCommand } from '../../packages/gate-kernel/src/resume/command.ts'
import { asTyped, typedForm } from '../../packages/gate-kernel/src/command/typed.ts'
import { commandLine } from '../../packages/gate-kernel/src/stop/remedy.ts'
import { evidenceOf } from '../reporter/evidences.ts'
import { stoppedRun } from '../reporter/observations.ts'
import { gate } from '../../gate/gate.ts'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')
const bin = join(root, 'packages', 'canary-gate', 'bin', 'canary-gate.js')

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'typed-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

spec('GATE/FR-011', 'a command is printed as it is typed where it was printed', async () => {
  const elsewhere = await temporary()
  const bare = { PATH: '/nowhere' }
  const form = (cwd: string, environment: Record<string, string> = bare): string =>
    typedForm({ environment, cwd, bin })
  expect(form(root)).toBe('npx canary-gate')
  expect(form(join(root, 'docs'))).toBe('npx canary-gate')
  // npx would fetch a package of that name from the registry there.
  expect(form(elsewhere)).toBe(`${process.execPath} ${bin}`)

  const links = join(elsewhere, 'installed', 'node_modules', '.bin')
  await mkdir(links, { recursive: true })
  await symlink(bin, join(links, 'canary-gate'))
  expect(form(join(elsewhere, 'installed'))).toBe('npx canary-gate')
  expect(form(elsewhere, { PATH: links })).toBe('canary-gate')
  // npm adds such a folder for one command only.
  expect(form(elsewhere, { PATH: links, npm_command: 'exec' })).not.toBe('canary-gate')
})

spec('GATE/FR-011', 'only commands of the program are rewritten, and once', () => {
  const typed = asTyped('run the gate: canary-gate run; see canary-gate --help', 'npx canary-gate')
  expect(typed).toBe('run the gate: npx canary-gate run; see npx canary-gate --help')
  expect(asTyped(typed, 'npx canary-gate')).toBe(typed)
  for (const other of ['cd /tmp/canary-gate run', 'the canary-gate program', 'x-canary-gate run'])
    expect(asTyped(other, 'npx canary-gate')).toBe(other)
})

spec('GATE/FR-011', 'the command that takes a run up names a path with spaces as one word', () => {
  const stop = { code: 'service-degraded', verdict: 'blocked', cause: 'environment' }
  const told = { what: '', where: '', next: 'wait until it is healthy' }
  const held = evidenceOf(stoppedRun('GATE/FR-013', { ...stop, ...told }))
  const command = resumeCommand(gate, held, { configuration: "/w/it's here.toml" }) ?? []
  expect(commandLine(command)).toContain(
    String.raw`canary-gate run --config '/w/it'\''s here.toml' --resume `,
  )
})

spec('GATE/FR-011', 'what the program prints can be typed from another folder', async () => {
  const cwd = await temporary()
  // As after `npm` has ended: its folders of programs are not on the path.
  const options = { cwd, reject: false, env: { PATH: '/usr/bin:/bin' } } as const
  const wrong = await execa(process.execPath, [bin, 'inspect-fix', '--json'], options)
  const command = /see (?<command>.+ --help)/.exec(wrong.stderr)?.groups?.['command'] ?? 'false'
  const typed = await execa('sh', ['-c', command], options)
  expect(typed.exitCode, `${command}\n${typed.stderr}`).toBe(0)
  expect(typed.stdout).toContain('--criterion')
})
