import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { buildEventsWheel, buildWheel, type Wheel } from '../../fixtures/candidates/index.ts'
import { createHistories, type Histories } from '../../fixtures/histories/index.ts'
import { startPackageIndex } from '../../fixtures/index/index.ts'
import {
  installCandidate,
  type InstalledPlaces,
} from '../../packages/phase4-gate/src/installation/installer.ts'
import { sitePackagesOf } from '../../packages/phase4-gate/src/installation/place.ts'
import { verifyRecord } from '../../packages/phase4-gate/src/installation/record.ts'
import { verifyTraceableBuild } from '../../packages/phase4-gate/src/installation/requirements.ts'
import type { Fact } from '../../packages/phase4-gate/src/run/facts.ts'
import { TINY_ENGINE } from '../candidates-world/tiny-engine.ts'
import { testRun, type TestRun } from '../evidence/workspace.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'

const pipx = join(import.meta.dirname, '..', '..', 'fixtures', 'installer', 'pipx.ts')
const version = '3.2.0rc16'
const tag = `v${version}`

let folder = ''
let histories: Histories
let wheel: Wheel
let places: InstalledPlaces
let recordSha256 = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'traceable-'))
  histories = await createHistories(join(folder, 'histories'))
  wheel = await buildWheel({ version, engine: TINY_ENGINE })
  await using index = await startPackageIndex({ wheels: [wheel, buildEventsWheel()] })
  const installer = {
    ...{ kind: 'pipx' as const, command: [process.execPath, pipx] },
    ...{ home: join(folder, 'pipx'), binDir: join(folder, 'bin') },
  }
  const project = 'spec-kitty-cli'
  const { baseline } = histories
  places = await installCandidate(
    { indexUrl: index.url, project, after: '3.2.0rc15', baseline, imports: [], installer },
    version,
    [],
  )
  recordSha256 = (await verifyRecord(places, project)).sha256
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function commitOf(name: string): string {
  return histories.cli.tags.find((one) => one.name === name)?.commit ?? ''
}

interface Told {
  readonly candidate?: Partial<Fact<'candidate'>>
  readonly installation?: Partial<Fact<'installation'>>
  readonly fixes?: Fact<'fixes'>
}

/** A run whose facts tell of the real installation and the real tag, but for what is told otherwise. */
async function told({ candidate, installation, fixes }: Told = {}): Promise<TestRun> {
  const { cli, events, e2e, baseline } = histories
  const checkouts = { cli: cli.folder, events: events.folder, e2e: e2e.folder }
  const world = await testRun()
  Object.assign(world.run.world.checkouts, checkouts)
  world.run.world.candidate.baseline = baseline
  const { facts } = world.run
  const commit = commitOf(tag)
  await facts.write('candidate', {
    ...{ tag, version, commit, wheelSha256: wheel.sha256 },
    ...candidate,
  })
  await facts.write('installation', {
    ...{ ...places, version, distributionSha256: wheel.sha256, recordSha256 },
    ...{ eventsVersion: '5.1.0', eventsTag: 'v5.1.0', eventsCommit: 'e'.repeat(40) },
    ...installation,
  })
  await facts.write('fixes', fixes ?? [])
  return world
}

spec('GATE/NFR-004', 'an installation of the tagged commit is traceable', async () => {
  await using world = await told()
  await expect(verifyTraceableBuild(world.run)).resolves.toBeUndefined()
})

const elsewhere: readonly (readonly [what: string, told: () => Told, finding: RegExp])[] = [
  [
    'another version is installed',
    () => ({ installation: { version: '3.2.0rc15' } }),
    /^installed is 3\.2\.0rc15, chosen was 3\.2\.0rc16$/,
  ],
  [
    'another wheel is installed',
    () => ({ installation: { distributionSha256: 'a'.repeat(64) } }),
    /not the wheel that was chosen/,
  ],
  [
    'the tag points at another commit by now',
    () => ({ candidate: { commit: commitOf('v3.2.0rc15') } }),
    /^v3\.2\.0rc16 points at \w{40} now, chosen was \w{40}$/,
  ],
  [
    'the package at the tag calls itself by another version',
    () => ({ candidate: { version: '3.2.0rc17' }, installation: { version: '3.2.0rc17' } }),
    /^the package at v3\.2\.0rc16 calls itself 3\.2\.0rc16$/,
  ],
  [
    'the tag is gone',
    () => ({ candidate: { tag: 'v3.2.0rc99' } }),
    /^v3\.2\.0rc99 points at nothing now/,
  ],
]

for (const [what, facts, finding] of elsewhere)
  spec('GATE/NFR-004', `a build is not traceable where ${what}`, async () => {
    await using world = await told(facts())
    const stop = await stopOf(verifyTraceableBuild(world.run))
    expect(stop).toMatchObject({ code: 'build-not-traceable', verdict: 'fail' })
    expect(stop.findings).toContainEqual(expect.stringMatching(finding))
  })

spec('GATE/NFR-004', 'a module laid beside what was installed makes it untraceable', async () => {
  const packages = await sitePackagesOf(places.python)
  const shadow = join('specify_cli', 'sync', 'owner', '__init__.py')
  const compiled = join('specify_cli', 'sync', '__pycache__', 'owner.cpython-311.pyc')
  for (const path of [compiled, shadow]) {
    await mkdir(dirname(join(packages, path)), { recursive: true })
    await writeFile(join(packages, path), '')
  }
  await using world = await told()
  const stop = await stopOf(verifyTraceableBuild(world.run))
  expect(stop.findings).toEqual([`${shadow} was added to what was installed`])
})

spec(
  'GATE/NFR-004',
  'whoever changes a file can record it anew, and is found all the same',
  async () => {
    const { record } = await verifyRecord(places, 'spec-kitty-cli')
    const text = await readFile(record, 'utf8')
    const path = join('specify_cli', 'sync', 'unknown.py')
    await writeFile(join(await sitePackagesOf(places.python), path), 'pass\n')
    await writeFile(record, `${path},,\n${text}`)
    await using world = await told()
    const stop = await stopOf(verifyTraceableBuild(world.run))
    expect(stop.findings).toContain(
      'RECORD, or what the environment begins with, was changed after the installation',
    )
    expect(stop.findings).not.toContain(`${path} was added to what was installed`)
    await writeFile(record, text)
    await rm(join(await sitePackagesOf(places.python), path))
  },
)

spec('GATE/NFR-004', 'what Python runs before the program must have been installed', async () => {
  const packages = await sitePackagesOf(places.python)
  const write = (name: string, text: string): Promise<void> => writeFile(join(packages, name), text)
  const added = async (): Promise<readonly string[]> =>
    (await verifyRecord(places, 'spec-kitty-cli')).problems.filter((problem) =>
      /^(?:\w+\.pth|\w+customize)/.test(problem),
    )
  await write('pipx_shared.pth', '/home/operator/pipx/shared/lib/python3.11/site-packages\n')
  await write('_virtualenv.pth', 'import _virtualenv')
  await mkdir(join(packages, 'other-1.dist-info'))
  await write(join('other-1.dist-info', 'RECORD'), 'other.pth,,\nsitecustomize/__init__.py,,\n')
  await write('other.pth', 'import other')
  await mkdir(join(packages, 'sitecustomize'))
  expect(await added()).toEqual([])
  await write('pipx_shared.pth', 'import os; os.environ["X"] = "1"\n')
  await write('patch.pth', 'import patch\n')
  await write('usercustomize.py', '')
  expect(await added()).toEqual(
    ['patch.pth', 'pipx_shared.pth', 'usercustomize.py'].map(
      (name) => `${name} was added to what was installed`,
    ),
  )
})

spec('GATE/NFR-004', 'what is installed with the candidate is what was installed', async () => {
  const packages = await sitePackagesOf(places.python)
  const file = join(packages, 'spec_kitty_events', '__init__.mjs')
  const record = join(packages, 'spec_kitty_events-5.1.0.dist-info', 'RECORD')
  const [code, listed] = [await readFile(file, 'utf8'), await readFile(record, 'utf8')]
  const { sha256 } = await verifyRecord(places, 'spec-kitty-cli')
  const problems = async (): Promise<readonly string[]> =>
    (await verifyRecord(places, 'spec-kitty-cli', sha256)).problems.filter((problem) =>
      /events|RECORD/.test(problem),
    )
  await writeFile(file, `${code}\nchecked = False\n`)
  expect(await problems()).toEqual([
    'spec_kitty_events/__init__.mjs differs from what was installed',
  ])
  await rm(file)
  expect(await problems()).toEqual(['spec_kitty_events/__init__.mjs is missing'])
  await writeFile(file, code)
  await writeFile(record, `${listed}spec_kitty_events/more.py,,\n`)
  expect(await problems()).toContain(
    'RECORD, or what the environment begins with, was changed after the installation',
  )
  await writeFile(record, listed)
  await writeFile(join(packages, 'spec_kitty_events', 'more.py'), '')
  expect(await problems()).toEqual(['spec_kitty_events/more.py was added to what was installed'])
  await rm(join(packages, 'spec_kitty_events', 'more.py'))
  await mkdir(join(packages, 'new-1.dist-info'))
  expect(await problems()).toEqual([
    'RECORD, or what the environment begins with, was changed after the installation',
  ])
  await rm(join(packages, 'new-1.dist-info'), { recursive: true })
})
