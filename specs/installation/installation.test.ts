import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { buildEventsWheel, buildWheel, type Wheel } from '../../fixtures/candidates/index.ts'
import { type PackageIndex, startPackageIndex } from '../../fixtures/index/index.ts'
import { readPublished } from '../../packages/phase4-gate/src/candidates/package-index.ts'
import { matchDistribution } from '../../packages/phase4-gate/src/installation/distribution.ts'
import {
  installCandidate,
  type InstalledPlaces,
} from '../../packages/phase4-gate/src/installation/installer.ts'
import {
  findDistribution,
  sitePackagesOf,
} from '../../packages/phase4-gate/src/installation/place.ts'
import {
  checkImports,
  checkStatusKeys,
  checkVersion,
} from '../../packages/phase4-gate/src/installation/program-checks.ts'
import { verifyRecord } from '../../packages/phase4-gate/src/installation/record.ts'
import { missingKeys } from '../../packages/phase4-gate/src/installation/status-keys.ts'
import { GateStop } from '../../packages/gate-kernel/src/stop/verdict.ts'
import type { World } from '../../packages/phase4-gate/src/world/schema.ts'
import { TINY_ENGINE } from '../candidates-world/tiny-engine.ts'
import { spec } from '../spec.ts'

const pipx = join(import.meta.dirname, '..', '..', 'fixtures', 'installer', 'pipx.ts')
const project = 'spec-kitty-cli'
const version = '3.2.0rc16'
const world = { secretNames: [], serviceUrl: 'http://127.0.0.1:9' }

let folder = ''
let index: PackageIndex
let wheel: Wheel
let places: InstalledPlaces
let candidate: World['candidate']

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'installation-'))
  wheel = await buildWheel({ version, engine: TINY_ENGINE })
  index = await startPackageIndex({ wheels: [wheel, buildEventsWheel()] })
  candidate = {
    indexUrl: index.url,
    project,
    after: '3.2.0rc15',
    baseline: '0'.repeat(40),
    imports: [],
    installer: {
      kind: 'pipx',
      command: [process.execPath, pipx],
      home: join(folder, 'pipx'),
      binDir: join(folder, 'bin'),
    },
  }
  places = await installCandidate(candidate, version, [])
})

afterAll(async () => {
  await index.close()
  await rm(folder, { recursive: true, force: true })
})

async function stopOf(step: Promise<unknown>): Promise<GateStop['report']> {
  const outcome: unknown = await step.then(
    () => null,
    (error: unknown) => error,
  )
  if (outcome instanceof GateStop) return outcome.report
  throw new Error('nothing stopped', { cause: outcome })
}

spec(
  'GATE/FR-003',
  'exactly the wanted version is installed, below the isolated home',
  async () => {
    expect(places.bin).toBe(join(folder, 'bin', 'spec-kitty'))
    expect(places.python).toBe(join(folder, 'pipx', 'venvs', project, 'bin', 'python'))
    const found = await findDistribution(await sitePackagesOf(places.python), project)
    expect(found?.version).toBe(version)
  },
)

spec(
  'GATE/FR-003',
  'the installer is asked for one version and for prereleases; failing is inconclusive',
  async () => {
    const installer = { ...candidate.installer, command: ['echo'], home: join(folder, 'other') }
    const broken = { ...candidate, installer: { ...installer, command: ['false'] } }
    const report = await stopOf(installCandidate(broken, version, []))
    expect(report).toMatchObject({ code: 'installation-failed', verdict: 'inconclusive' })
    expect(report.where).toBe(`false install --force ${project}==${version} --pip-args=--pre`)
  },
)

spec('GATE/FR-003', 'a program that prints another version is found out', async () => {
  const fake = join(folder, 'fake')
  await writeFile(fake, '#!/bin/sh\necho "spec-kitty v3.2.0rc15"\n', { mode: 0o755 })
  expect(await checkVersion({ ...places, bin: fake }, version, world)).toMatchObject({
    code: 'version-differs',
  })
  expect(await checkVersion({ ...places, bin: fake }, '3.2.0-rc15', world)).toBeNull()
})

spec('GATE/FR-004', 'every module that does not import is named, and no other', async () => {
  const python = join(folder, 'python')
  await writeFile(
    python,
    '#!/bin/sh\ncase "$2" in *preflight*) echo "ModuleNotFoundError: preflight" >&2; exit 1;; esac\necho ok\n',
    { mode: 0o755 },
  )
  const problems = await checkImports(
    { ...places, python },
    ['specify_cli.sync.owner', 'specify_cli.sync.preflight'],
    world,
  )
  expect(problems.map(({ what }) => what)).toEqual([
    expect.stringMatching(/^specify_cli\.sync\.preflight cannot be imported.*ModuleNotFoundError/),
  ])
})

spec(
  'GATE/FR-004',
  'missing keys of the status are named one by one; null values are there',
  async () => {
    expect(missingKeys({ active_queue: { path: null, event_count: 0 } })).toContain(
      'active_queue.body_upload_count',
    )
    expect(missingKeys({ active_queue: { path: null, event_count: 0 } })).not.toContain(
      'active_queue.path',
    )
    const bin = join(folder, 'status')
    await writeFile(bin, '#!/bin/sh\necho "{\\"ok\\": true}"\nexit 2\n', { mode: 0o755 })
    const problems = await checkStatusKeys({ ...places, bin }, world)
    expect(problems.map(({ what }) => what)).toContain('the status lacks foreground.queue_db_path')
    await writeFile(bin, '#!/bin/sh\necho "Traceback"\nexit 1\n')
    expect(await checkStatusKeys({ ...places, bin }, world)).toMatchObject([
      { code: 'status-unreadable' },
    ])
  },
)

spec(
  'GATE/FR-004',
  'the candidate is started with a home of its own that names the service',
  async () => {
    const bin = join(folder, 'where')
    await writeFile(
      bin,
      '#!/bin/sh\necho "3.2.0rc16"\nenv > "$0.env"\ncat "$SPEC_KITTY_HOME/config.toml" >> "$0.env"\n',
      { mode: 0o755 },
    )
    await checkVersion({ ...places, bin }, version, { ...world, secretNames: ['PATH_SECRET'] })
    const seen = await readFile(`${bin}.env`, 'utf8')
    expect(seen).toMatch(/^HOME=.*candidate-home-/m)
    expect(seen).toContain('server_url = "http://127.0.0.1:9"')
    expect(seen).toContain('SPEC_KITTY_SAAS_URL=http://127.0.0.1:9')
  },
)

spec(
  'GATE/NFR-004',
  'the installed files are those of the wheel that the index serves',
  async () => {
    const installed = await findDistribution(await sitePackagesOf(places.python), project)
    const published = await readPublished(index.url, project)
    expect(await matchDistribution(installed!, version, published)).toBe(wheel.sha256)
  },
)

spec('GATE/NFR-004', 'a digest that the index does not keep to is a failure', async () => {
  const installed = await findDistribution(await sitePackagesOf(places.python), project)
  await using lying = await startPackageIndex({ wheels: [{ wheel, trouble: 'wrong-digest' }] })
  const published = await readPublished(lying.url, project)
  expect(await stopOf(matchDistribution(installed!, version, published))).toMatchObject({
    code: 'wheel-digest',
  })
})

spec('GATE/NFR-004', 'another wheel of the same version is not what is installed', async () => {
  const installed = await findDistribution(await sitePackagesOf(places.python), project)
  const other = await buildWheel({ version, engine: TINY_ENGINE, saysVersion: '9.9.9' })
  await using index2 = await startPackageIndex({ wheels: [other] })
  const report = await stopOf(
    matchDistribution(installed!, version, await readPublished(index2.url, project)),
  )
  expect(report.code).toBe('installed-files-differ')
})

spec(
  'GATE/NFR-004',
  'RECORD names every file that is changed, missing, or hashed with something else',
  async () => {
    expect(await verifyRecord(places, project)).toMatchObject({ problems: [] })
    const sitePackages = await sitePackagesOf(places.python)
    const { record } = await verifyRecord(places, project)
    const text = await readFile(record, 'utf8')
    const victim =
      text
        .split('\n')
        .find((line) => line.includes('sha256='))
        ?.split(',')[0] ?? ''
    const original = await readFile(join(sitePackages, victim))
    await appendFile(join(sitePackages, victim), '\n')
    expect((await verifyRecord(places, project)).problems).toEqual([
      `${victim} differs from what was installed`,
    ])
    await writeFile(join(sitePackages, victim), original)
    await writeFile(
      record,
      `${text.trimEnd()}\n"with, comma.py",sha256=AAAA,1\nweak.py,md5=AAAA,1\n`,
    )
    await writeFile(join(sitePackages, 'weak.py'), '')
    expect((await verifyRecord(places, project)).problems).toEqual([
      'with, comma.py is missing',
      'weak.py is recorded with md5, which is not accepted',
    ])
    await writeFile(record, '')
    expect((await verifyRecord(places, project)).problems).toEqual([
      'RECORD is missing or empty, nothing can be verified',
    ])
    await writeFile(record, text)
    expect(dirname(record)).toContain('.dist-info')
  },
)

spec('GATE/NFR-004', 'an environment with the files of two Pythons is not looked at', async () => {
  const library = await mkdtemp(join(tmpdir(), 'pythons-'))
  const python = join(library, 'bin', 'python')
  for (const name of ['python3.12', 'python3.9', 'pypy', 'python'])
    await mkdir(join(library, 'lib', name, 'site-packages'), { recursive: true })
  expect(await stopOf(sitePackagesOf(python))).toMatchObject({
    ...{ code: 'installation-ambiguous', verdict: 'inconclusive' },
    what: 'the environment holds files for several Pythons: python3.12, python3.9',
  })
  await rm(join(library, 'lib', 'python3.9'), { recursive: true })
  expect(await sitePackagesOf(python)).toBe(join(library, 'lib', 'python3.12', 'site-packages'))
  await rm(library, { recursive: true })
})
