import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished } from 'vitest'
import { gateOrder } from '../../src/gate/register.ts'
import type { TraceReport } from '../../src/gate/trace/report.ts'
import { resultsBeside, textDigest } from '../../src/gate/trace/results.ts'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')

/**
 * What `npm install <tarball>` makes, without a network: the unpacked package, and its dependencies
 * as this checkout has them.
 */
async function installElsewhere(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'package-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await execa('npm', ['pack', '--pack-destination', folder], { cwd: root })
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? ''
  await execa('tar', ['xzf', tarball], { cwd: folder })
  const modules = join(folder, 'node_modules')
  await mkdir(modules)
  for (const name of await dependencyFolders()) {
    if (name === 'canary-gate') continue
    await symlink(join(root, 'node_modules', name), join(modules, name))
  }
  await rename(join(folder, 'package'), join(modules, 'canary-gate'))
  return folder
}

async function dependencyFolders(): Promise<string[]> {
  return (await readdir(join(root, 'node_modules'))).filter((name) => !name.startsWith('.'))
}

/** Fixtures that only specs of the checkout use. */
const notPacked = ['cli', 'engine', 'fix-corpus', 'real-tools', 'short-run']

/** As the last run beside an installed package would have left them: every test passed. */
function passedResults(report: TraceReport): unknown[] {
  return report.requirements.flatMap(({ id, tests }) =>
    tests.map(({ file, title }) => ({
      ...{ file, title, state: 'passed', at: '2026-05-20T08:00:00.000Z' },
      texts: { [id]: textDigest(id) },
    })),
  )
}

spec('GATE/FR-008', 'an installed package traces its own gate, beside its runs', async () => {
  const folder = await installElsewhere()
  const program = join(folder, 'node_modules', 'canary-gate', 'src', 'bin', 'canary-gate.js')
  const trace = () =>
    execa(process.execPath, [program, 'trace', '--json'], { cwd: folder, reject: false })
  const before = await trace()
  expect(before.exitCode, before.stderr).toBe(1)
  const report = JSON.parse(before.stdout) as TraceReport
  expect(report.requirements.map(({ id, status }) => `${id} ${status}`).sort()).toEqual(
    gateOrder.map((id) => `${id} not-run`).sort(),
  )
  await mkdir(join(folder, 'artifacts', 'gate'), { recursive: true })
  const results = JSON.stringify(passedResults(report))
  await writeFile(resultsBeside(join(folder, 'artifacts', 'gate')), results)
  expect((await trace()).exitCode).toBe(0)
})

spec(
  ['GATE/FR-004', 'BOUNDARY/C-004'],
  'the packed package holds what its programs need, and they run elsewhere',
  async () => {
    const ofYesterday = join('dist', 'src', 'gate', 'of-yesterday.js')
    await mkdir(join(root, 'dist', 'src', 'gate'), { recursive: true })
    await writeFile(join(root, ofYesterday), '')
    const folder = await installElsewhere()
    const installed = join(folder, 'node_modules', 'canary-gate')
    expect(existsSync(join(installed, ofYesterday))).toBe(false)
    const fixtures = await readdir(join(installed, 'dist', 'fixtures'))
    expect(fixtures.filter((room) => notPacked.includes(room))).toEqual([])
    const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
      version: string
      bin: Record<string, string>
    }
    for (const [name, file] of Object.entries(manifest.bin)) {
      const program = join(installed, file)
      const { stdout } = await execa(process.execPath, [program, '--version'], { cwd: folder })
      expect(stdout, name).toContain(manifest.version)
      const help = await execa(process.execPath, [program, '--help'], { cwd: folder })
      expect(help.stdout, name).toContain(`Usage: ${name}`)
    }
    const typescript = await readdir(installed, { recursive: true })
    expect(typescript.filter((file) => /(?<!\.d)\.ts$/.test(file))).toEqual([])
    const entry = `import('canary-gate/sync').then((sync) => console.log(Object.keys(sync).length > 0))`
    const library = await execa(process.execPath, ['--input-type=module', '-e', entry], {
      cwd: folder,
    })
    expect(library.stdout).toBe('true')
  },
)
