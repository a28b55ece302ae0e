import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { buildEventsWheel, buildWheel } from '../../fixtures/candidates/index.ts'
import { startPackageIndex } from '../../fixtures/index/index.ts'
import { harnessEnvironment } from '../../packages/phase4-gate/src/canary/environment.ts'
import {
  installCandidate,
  type InstalledPlaces,
} from '../../packages/phase4-gate/src/installation/installer.ts'
import { installerEnvironment } from '../../packages/phase4-gate/src/installation/installer-environment.ts'
import { sitePackagesOf } from '../../packages/phase4-gate/src/installation/place.ts'
import { checkVersion } from '../../packages/phase4-gate/src/installation/program-checks.ts'
import { verifyRecord } from '../../packages/phase4-gate/src/installation/record.ts'
import { worldSchema } from '../../packages/phase4-gate/src/world/schema.ts'
import { exampleWorld } from '../../packages/phase4-gate/src/live-config/example.ts'
import { TINY_ENGINE } from '../candidates-world/tiny-engine.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'

const pipx = join(import.meta.dirname, '..', '..', 'fixtures', 'installer', 'pipx.ts')
const version = '3.2.0rc16'
const project = 'spec-kitty-cli'
const simple = 'https://index.example/simple/'

let folder = ''
let places: InstalledPlaces
let packages = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steered-'))
  const wheel = await buildWheel({ version, engine: TINY_ENGINE })
  await using index = await startPackageIndex({ wheels: [wheel, buildEventsWheel()] })
  const installer = {
    ...{ kind: 'pipx' as const, command: [process.execPath, pipx] },
    ...{ home: join(folder, 'pipx'), binDir: join(folder, 'bin') },
  }
  const candidate = { indexUrl: index.url, project, after: '3.2.0rc15', baseline: '', imports: [] }
  places = await installCandidate({ ...candidate, installer }, version, [])
  packages = await sitePackagesOf(places.python)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

spec(['GATE/FR-008', 'GATE/FR-013'], 'harness and suite are started as they are written', () => {
  const steering = [
    ...['UV_ENV_FILE', 'UV_PROJECT_ENVIRONMENT', 'UV_PROJECT', 'UV_NO_SYNC', 'UV_CONFIG_FILE'],
    ...['UV_OF_SOME_YEAR', 'PIP_REQUIRE_VIRTUALENV', 'PIPX_HOME'],
  ]
  const set = Object.fromEntries(steering.map((name) => [name, 'elsewhere']))
  const world = worldSchema.parse(exampleWorld)
  const env = harnessEnvironment(world, { bin: '/b', python: '/p' }, { ...set, UV_PYTHON: '3.12' })
  expect(Object.keys(env).filter((name) => /^(?:UV|PIPX?)_/.test(name))).toEqual(['UV_PYTHON'])
})

spec('GATE/FR-003', 'an installer takes everything from the index that is named', async () => {
  const steering = [
    ...['PIP_INDEX_URL', 'PIP_EXTRA_INDEX_URL', 'PIP_FIND_LINKS', 'PIP_NO_INDEX', 'PIP_TARGET'],
    ...['PIP_CONFIG_FILE', 'PIP_TRUSTED_HOST', 'PIP_OF_SOME_YEAR', 'PIPX_DEFAULT_BACKEND'],
    ...['UV_INDEX', 'UV_EXTRA_INDEX_URL', 'UV_FIND_LINKS', 'UV_CONFIG_FILE', 'UV_OVERRIDE'],
    ...['UV_INSECURE_HOST', 'UV_OF_SOME_YEAR'],
  ]
  const set = Object.fromEntries(steering.map((name) => [name, 'elsewhere']))
  const kept = { PATH: '/bin', PIP_CERT: '/ca.pem', UV_PYTHON: '3.12', HTTPS_PROXY: 'http://p' }
  expect(await installerEnvironment(simple, [], { ...set, ...kept })).toEqual({
    ...kept,
    ...{ PIP_INDEX_URL: simple, PIP_CONFIG_FILE: '/dev/null', PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    ...{ UV_DEFAULT_INDEX: simple, UV_NO_CONFIG: '1' },
  })
})

spec('GATE/FR-003', 'a file of versions for the installer holds versions alone', async () => {
  const file = join(folder, 'versions.txt')
  const read = async (text: string): Promise<string> => {
    await writeFile(file, text)
    const reading = installerEnvironment(simple, [], { UV_CONSTRAINT: file })
    return reading.then(
      () => 'versions',
      () => stopOf(reading).then(({ code }) => code),
    )
  }
  expect(
    await read(
      '# of the day\n\nclick==8.3.1  # pinned\ntyper >=0.24, <1\nx-y_z.a == 1!2.*; python_version < "3.13"\r\n',
    ),
  ).toBe('versions')
  for (const line of [
    'click @ https://elsewhere.example/click.whl',
    'click @ file:///tmp/click.whl',
    'https://elsewhere.example/click.whl',
    './click.whl',
    'click',
    '--extra-index-url https://elsewhere.example/simple/',
    '-c more.txt',
    'click==8.3.1 --find-links /tmp',
    'click==8.3.1 ; python_version < "3" @ https://elsewhere.example',
  ])
    expect(await read(`typer==1.0\n${line}\n`), line).toBe('constraints-unusable')
  expect(
    await stopOf(installerEnvironment(simple, [], { PIP_CONSTRAINT: join(folder, 'absent') })),
  ).toMatchObject({ cause: 'environment', where: 'PIP_CONSTRAINT' })
})

spec(
  ['GATE/FR-004', 'GATE/NFR-001'],
  "a candidate's home is all that it finds: nothing that was set up for another one goes on",
  () => {
    const set = {
      ...{ XDG_CONFIG_HOME: '/op', XDG_DATA_HOME: '/op', XDG_STATE_HOME: '/op' },
      ...{ XDG_CACHE_HOME: '/op', SPEC_KITTY_SAAS_URL_OVERRIDE: 'process' },
      ...{ SPEC_KITTY_TEST_MODE: '1', SPEC_KITTY_E2E_TIMEOUT: '60', XDG_RUNTIME_DIR: '/run/1' },
    }
    const world = worldSchema.parse(exampleWorld)
    const env = harnessEnvironment(world, places, { ...set, PYTHONPYCACHEPREFIX: '/op' })
    const named = Object.entries(env).filter(([name]) => /^XDG_|^SPEC_KITTY_/.test(name))
    expect(Object.fromEntries(named)).toEqual({
      ...{ SPEC_KITTY_HOME: join(world.canary.home, '.spec-kitty'), XDG_RUNTIME_DIR: '/run/1' },
      ...{ SPEC_KITTY_SAAS_URL: world.service.url, SPEC_KITTY_ENABLE_SAAS_SYNC: '1' },
      ...{ SPEC_KITTY_E2E_TRUSTED_RUNNER: '1', SPEC_KITTY_E2E_TIMEOUT: '60' },
    })
  },
)

spec('GATE/NFR-004', 'code that was compiled before runs nowhere: it has no hash', async () => {
  const bin = join(folder, 'where')
  await writeFile(bin, '#!/bin/sh\necho 3.2.0rc16\necho "$PYTHONPYCACHEPREFIX" > "$0.told"\n', {
    mode: 0o755,
  })
  const world = { secretNames: [], serviceUrl: 'http://127.0.0.1:9' }
  await checkVersion({ ...places, bin }, version, world)
  const told = (await readFile(`${bin}.told`, 'utf8')).trim()
  expect(told).toMatch(/candidate-compiled-/)
  const { PYTHONPYCACHEPREFIX: prefix } = harnessEnvironment(
    worldSchema.parse(exampleWorld),
    places,
    {},
  )
  expect(prefix).toBe(told)
})

const beside: readonly (readonly [what: string, name: string, isFolder?: true])[] = [
  ['a package where nobody looks for one', 'ujson', true],
  ['a module', 'keyring.py'],
  ['a library that stands before a module', 'six.cpython-311-x86_64-linux-gnu.so'],
  ['a module of which only the compiled code is there', 'keyring.pyc'],
  ['a module beside the program, which Python finds first', '../../../bin/json.py'],
  ['a package beside the program', '../../../bin/click', true],
]

for (const [what, name, isFolder] of beside)
  spec('GATE/NFR-004', `${what} was added: ${name}`, async () => {
    const path = join(packages, name)
    if (isFolder) await mkdir(path)
    else await writeFile(path, '')
    const { problems } = await verifyRecord(places, project)
    const said = `${name.replace('../../../', '')} was added to what was installed`
    expect(problems).toEqual([said])
    await rm(path, { recursive: true })
    // A link is found as what it leads to.
    const elsewhere = join(folder, 'elsewhere')
    if (isFolder) await mkdir(elsewhere)
    else await writeFile(elsewhere, '')
    await symlink(elsewhere, path)
    expect((await verifyRecord(places, project)).problems).toEqual([said])
    for (const one of [path, elsewhere]) await rm(one, { recursive: true })
  })

spec(
  'GATE/NFR-004',
  'an environment that lets in the packages of the machine is said',
  async () => {
    const file = join(packages, '..', '..', '..', 'pyvenv.cfg')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('packages = false', 'packages = True'))
    const { problems } = await verifyRecord(places, project)
    expect(problems).toEqual(['pyvenv.cfg lets in the packages of the machine'])
    await writeFile(file, text)
  },
)

spec('GATE/NFR-004', 'entry points that are laid beside the metadata later are seen', async () => {
  const { record, sha256 } = await verifyRecord(places, project)
  expect((await verifyRecord(places, project, sha256)).problems).toEqual([])
  const points = join(record, '..', 'added_points.txt')
  await writeFile(points, '[pytest11]\nrerun = specify_cli.rerun\n')
  expect((await verifyRecord(places, project, sha256)).problems).toEqual([
    'RECORD, or what the environment begins with, was changed after the installation',
  ])
  await rm(points)
  expect((await verifyRecord(places, project, sha256)).problems).toEqual([])
})

spec('GATE/NFR-004', 'what decides which code runs stays as it was installed', async () => {
  const { record } = await verifyRecord(places, project)
  const listed = await readFile(record, 'utf8')
  await writeFile(record, `${listed}specify_cli/unhashed.py,,\n`)
  await writeFile(join(packages, '_virtualenv.py'), 'import os\n')
  await writeFile(join(packages, 'specify_cli', 'unhashed.py'), 'pass\n')
  const { sha256 } = await verifyRecord(places, project)
  const environment = join(packages, '..', '..', '..')
  const changed = [
    'RECORD, or what the environment begins with, was changed after the installation',
  ]
  const problems = async (): Promise<readonly string[]> =>
    (await verifyRecord(places, project, sha256)).problems
  expect(await problems()).toEqual([])
  for (const file of [
    join(packages, '_virtualenv.py'),
    join(packages, 'specify_cli', 'unhashed.py'),
    join(environment, 'pyvenv.cfg'),
    places.bin,
  ]) {
    const bytes = await readFile(file)
    await writeFile(file, `${bytes.toString()}\n`)
    expect(await problems(), file).toEqual(changed)
    await writeFile(file, bytes)
    expect(await problems(), file).toEqual([])
  }
  await rm(places.bin)
  await symlink('/bin/true', places.bin)
  expect(await problems()).toEqual(changed)
})

spec(
  'GATE/FR-003',
  'nothing that an earlier candidate brought is left beside this one',
  async () => {
    const left = join(packages, 'click')
    await mkdir(left)
    const installer = {
      ...{ kind: 'pipx' as const, command: ['false'] },
      ...{ home: join(folder, 'pipx'), binDir: join(folder, 'other-bin') },
    }
    const candidate = { indexUrl: simple, project, after: '', baseline: '', imports: [] }
    await stopOf(installCandidate({ ...candidate, installer }, version, []))
    expect(existsSync(left)).toBe(false)
  },
)
