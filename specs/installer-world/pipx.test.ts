import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { spec } from '../spec.ts'
import { offered, openWorkbench } from './installing.ts'

const INSTALL = ['install', '--force', 'spec-kitty-cli==3.2.0rc16', '--pip-args=--pre']

spec(
  ['GATE/FR-003', 'GATE/FR-004'],
  'an installed candidate runs, prints its version and exits with its own code',
  async () => {
    await using bench = await openWorkbench(await offered('3.2.0rc15'), await offered('3.2.0rc16'))
    const installed = await bench.pipx(...INSTALL)
    expect(installed).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('installed package spec-kitty-cli 3.2.0rc16') as string,
    })
    const binary = join(bench.binDir, 'spec-kitty')
    expect(await bench.run(binary, '--version')).toMatchObject({
      exitCode: 0,
      stdout: 'spec-kitty-cli version 3.2.0rc16',
    })
    expect(await bench.run(binary, 'refuse', 'a b')).toMatchObject({
      exitCode: 2,
      stdout: expect.stringContaining('"argv":["refuse","a b"]') as string,
    })
  },
)

spec(
  'GATE/FR-004',
  'a program started again by its own path with its own Node works the same',
  async () => {
    await using bench = await openWorkbench(await offered('3.2.0rc16'))
    await bench.pipx(...INSTALL)
    const again = await bench.run(
      process.execPath,
      join(bench.venv, 'bin', 'spec-kitty'),
      '--version',
    )
    expect(again).toMatchObject({ exitCode: 0, stdout: 'spec-kitty-cli version 3.2.0rc16' })
  },
)

spec(
  'GATE/FR-004',
  'the interpreter of the environment really imports the boundary modules',
  async () => {
    await using bench = await openWorkbench(await offered('3.2.0rc16'))
    await bench.pipx(...INSTALL)
    const python = join(bench.venv, 'bin', 'python')
    const ok = await bench.run(
      python,
      '-c',
      "import specify_cli.sync.owner, specify_cli.sync.preflight; print('ok')",
    )
    expect(ok).toEqual({ exitCode: 0, stdout: 'ok', stderr: '' })
    const missing = await bench.run(python, '-c', 'import specify_cli.sync.nothing')
    expect(missing).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(
        "ModuleNotFoundError: No module named 'specify_cli.sync.nothing'",
      ) as string,
    })
    const version = await bench.run(
      python,
      '-c',
      "from importlib.metadata import version; print(version('spec-kitty-events'))",
    )
    expect(version.stdout).toBe('5.1.0')
  },
)

spec('GATE/FR-004', 'a module that is missing or cannot be imported fails the import', async () => {
  for (const [defect, error] of [
    ['missing-owner-module', "No module named 'specify_cli.sync.owner'"],
    ['owner-import-error', 'ImportError'],
  ] as const) {
    await using bench = await openWorkbench(await offered('3.2.0rc16', { defects: [defect] }))
    await bench.pipx(...INSTALL)
    const tried = await bench.run(
      join(bench.venv, 'bin', 'python'),
      '-c',
      "import specify_cli.sync.owner; print('ok')",
    )
    expect(tried).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining(error) as string,
    })
  }
})

spec(
  'GATE/NFR-004',
  'the installed distribution carries metadata, RECORD and the installer’s name',
  async () => {
    await using bench = await openWorkbench(await offered('3.2.0rc16'))
    await bench.pipx(...INSTALL)
    const info = join(
      bench.venv,
      'lib',
      'python3.11',
      'site-packages',
      'spec_kitty_cli-3.2.0rc16.dist-info',
    )
    expect(await readFile(join(info, 'INSTALLER'), 'utf8')).toBe('pip\n')
    expect(await readFile(join(info, 'METADATA'), 'utf8')).toContain('Version: 3.2.0rc16')
    expect(await readFile(join(info, 'RECORD'), 'utf8')).toContain(
      'specify_cli/__init__.mjs,sha256=',
    )
  },
)

spec(
  'GATE/FR-003',
  'a version that nobody published is refused with the versions there are',
  async () => {
    await using bench = await openWorkbench(await offered('3.2.0rc15'))
    const refused = await bench.pipx(...INSTALL)
    expect(refused.exitCode).toBe(1)
    expect(refused.stderr).toContain('(from versions: 3.2.0rc15)')
    expect(existsSync(bench.venv)).toBe(false)
  },
)

spec(
  'GATE/FR-003',
  'a file that is not what the index says is refused, and the earlier environment stays',
  async () => {
    const rc15 = await offered('3.2.0rc15')
    for (const [trouble, message] of [
      ['wrong-digest', 'DO NOT MATCH THE HASHES'],
      ['corrupted', 'is invalid'],
      ['removed', 'HTTP error 404'],
    ] as const) {
      await using bench = await openWorkbench(rc15, await offered('3.2.0rc16', { trouble }))
      await bench.pipx('install', 'spec-kitty-cli==3.2.0rc15')
      const refused = await bench.pipx(...INSTALL)
      expect(refused).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining(message) as string,
      })
      expect((await bench.run(join(bench.binDir, 'spec-kitty'), '--version')).stdout).toContain(
        '3.2.0rc15',
      )
    }
  },
)

spec(
  'GATE/FR-003',
  'a yanked file is installed when its version is pinned, with the reason',
  async () => {
    await using bench = await openWorkbench(
      await offered('3.2.0rc16', { yanked: 'drops rollbacks' }),
    )
    const installed = await bench.pipx(...INSTALL)
    expect(installed).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('drops rollbacks') as string,
    })
  },
)

spec('GATE/C-001', 'without a pin a prerelease is taken only when it is asked for', async () => {
  await using bench = await openWorkbench(
    await offered('3.1.9'),
    await offered('3.2.0rc9'),
    await offered('3.2.0rc16'),
  )
  await bench.pipx('install', 'spec-kitty-cli')
  const binary = join(bench.binDir, 'spec-kitty')
  expect((await bench.run(binary, '--version')).stdout).toContain('3.1.9')
  await bench.pipx('install', '--force', 'spec-kitty-cli', '--pip-args=--pre')
  expect((await bench.run(binary, '--version')).stdout).toContain('3.2.0rc16')
})

spec(
  'GATE/FR-004',
  'an installation that lost a program ends well and lacks exactly that program',
  async () => {
    await using bench = await openWorkbench(await offered('3.2.0rc16'))
    const python = join(bench.venv, 'bin', 'python')
    const binary = join(bench.binDir, 'spec-kitty')
    expect((await bench.pipx('--rehearse=lost-python', ...INSTALL)).exitCode).toBe(0)
    expect([existsSync(python), existsSync(binary)]).toEqual([false, true])
    expect((await bench.pipx('--rehearse=lost-binary', ...INSTALL)).exitCode).toBe(0)
    expect([existsSync(python), existsSync(binary)]).toEqual([true, false])
  },
)

spec('GATE/FR-003', 'the installed packages are listed as pipx lists them', async () => {
  await using bench = await openWorkbench(await offered('3.2.0rc16'))
  await bench.pipx(...INSTALL)
  const listed = JSON.parse((await bench.pipx('list', '--json')).stdout) as {
    venvs: Record<string, { metadata: { main_package: { package_version: string } } }>
  }
  expect(listed.venvs['spec-kitty-cli']?.metadata.main_package.package_version).toBe('3.2.0rc16')
  expect((await bench.pipx('uninstall', 'spec-kitty-cli')).exitCode).toBe(0)
  expect(existsSync(join(bench.binDir, 'spec-kitty'))).toBe(false)
})
