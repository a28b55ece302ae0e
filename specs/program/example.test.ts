import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished } from 'vitest'
import type { Finding } from '@canary-gate/gate-kernel'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')
const program = join(root, 'packages', 'canary-gate', 'bin', 'canary-gate.js')

/** The three hosted addresses replaced by a port where nothing listens, the workspace by one below. */
function offline(text: string, folder: string): string {
  return text
    .replace(/^(apiUrl|indexUrl|url) = .*$/gm, '$1 = "http://127.0.0.1:9"')
    .replaceAll('/home/operator', folder)
}

spec(
  ['GATE/C-008', 'GATE/FR-005'],
  'doctor names everything that the untouched example lacks on a bare machine, in one list',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'example-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const config = join(folder, 'live.toml')
    const example = await readFile(join(root, 'docs', 'example.live.toml'), 'utf8')
    await writeFile(config, offline(example, folder))
    const { exitCode, stdout } = await execa(
      process.execPath,
      [program, 'doctor', '--config', config, '--json'],
      { reject: false, extendEnv: false, env: { HOME: folder, PATH: folder } },
    )
    expect(exitCode).toBe(1)
    const { findings } = JSON.parse(stdout) as { findings: Finding[] }
    const lacking = findings.filter(({ state }) => state === 'missing')
    for (const { next } of lacking) expect(next).not.toBe('')
    expect([...new Set(lacking.map(({ subject }) => subject))].sort()).toEqual([
      'GATE/C-006 pull requests 42 and 44 are merged',
      'GATE/FR-001 1141 and 1182 are closed as completed',
      'GATE/FR-003 tags, index and earlier runs tell the candidate',
      'GATE/FR-005 the service is healthy and ready',
      'GATE/FR-006 the historical rows are there',
      'GATE/FR-011 issues 41 and 1038 can be read and commented on',
      'GATE/FR-015 issue 1038 is open',
      'canary.command',
      'canary.cwd',
      'canary.selfTests[0]',
      'canary.selfTests[1]',
      'candidate.indexUrl',
      'candidate.installer.command',
      'checkouts.cli',
      'checkouts.e2e',
      'checkouts.events',
      'fixes.prepareCommand',
      'fixes.testCommand',
      'git',
      'github.tokenCommand',
      'github.tokenEnv',
      'notify.command',
      'service.imageCommand',
      'service.url',
      'teamspace.command',
      'teamspace.cwd',
      'waivers.verifyingKey',
      'workspace',
    ])
  },
)

spec('GATE/C-008', 'the example shows every key that a world can have', async () => {
  const example = await readFile(join(root, 'docs', 'example.live.toml'), 'utf8')
  const schema = await readFile(
    join(root, 'packages', 'phase4-gate', 'src', 'world', 'schema.ts'),
    'utf8',
  )
  const keys = [...schema.matchAll(/^ {2,4}(\w+):/gm)].map(([, key]) => key ?? '')
  expect(keys.length).toBeGreaterThan(30)
  expect(keys.filter((key) => !new RegExp(`\\b${key}\\b`).test(example))).toEqual([])
})
