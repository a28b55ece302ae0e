import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { buildEventsWheel, buildWheel, type Wheel } from '../../fixtures/candidates/index.ts'
import { createHistories, type Histories } from '../../fixtures/histories/index.ts'
import { startPackageIndex } from '../../fixtures/index/index.ts'
import { judgeCandidate } from '../../packages/phase4-gate/src/candidates/judge.ts'
import { readPublished } from '../../packages/phase4-gate/src/candidates/package-index.ts'
import { matchDistribution } from '../../packages/phase4-gate/src/installation/distribution.ts'
import {
  findDistribution,
  sitePackagesOf,
} from '../../packages/phase4-gate/src/installation/place.ts'
import {
  lookAtBuild,
  verifyCandidateInstalled,
} from '../../packages/phase4-gate/src/installation/requirements.ts'
import { TINY_ENGINE } from '../candidates-world/tiny-engine.ts'
import { testRun, type TestRun } from '../evidence/workspace.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'

const pipx = join(import.meta.dirname, '..', '..', 'fixtures', 'installer', 'pipx.ts')
const version = '3.2.0rc16'
const project = 'spec-kitty-cli'

let folder = ''
let histories: Histories
let here: Wheel
let elsewhere: Wheel

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wheels-'))
  histories = await createHistories(join(folder, 'histories'))
  here = await buildWheel({ version, engine: TINY_ENGINE })
  // Of the same version for another platform: other bytes, and listed first.
  elsewhere = named(
    await buildWheel({ version, engine: TINY_ENGINE, saysVersion: '9.9.9' }),
    'cp311-cp311-win_amd64',
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function named(wheel: Wheel, tags: string): Wheel {
  const filename = `spec_kitty_cli-${wheel.version}-${tags}.whl`
  return { ...wheel, filename, sha256: createHash('sha256').update(wheel.bytes).digest('hex') }
}

/** A run that chooses and installs from this index. */
async function installing(indexUrl: string): Promise<TestRun> {
  const world = await testRun()
  const { cli, events, e2e, baseline } = histories
  const checkouts = { cli: cli.folder, events: events.folder, e2e: e2e.folder }
  Object.assign(world.run.world.checkouts, checkouts)
  const at = (name: string): string => join(world.root, name)
  Object.assign(world.run.world.canary, { home: at('home') })
  Object.assign(world.run.world.candidate, {
    ...{ indexUrl, project, baseline, after: '3.2.0rc15' },
    installer: {
      ...{ kind: 'pipx', command: [process.execPath, pipx] },
      ...{ home: at('pipx'), binDir: at('bin') },
    },
  })
  await world.run.facts.write('fixes', [])
  return world
}

spec(
  ['GATE/FR-003', 'GATE/NFR-004'],
  'of several wheels the one that this machine got is the candidate',
  async () => {
    await using index = await startPackageIndex({ wheels: [elsewhere, here, buildEventsWheel()] })
    await using world = await installing(index.url)
    await verifyCandidateInstalled(world.run)
    const { facts } = world.run
    expect(await facts.read('candidate')).toMatchObject({ version, wheelSha256: here.sha256 })
    expect(await facts.read('installation')).toMatchObject({ distributionSha256: here.sha256 })
    await expect(lookAtBuild(world.run)).resolves.toBeUndefined()
    const files = index.requests.filter(({ path }) => path.startsWith('/files/spec_kitty_cli'))
    expect(files.map(({ path }) => path)).not.toContain(`/files/${elsewhere.filename}`)
  },
)

spec(
  'GATE/NFR-004',
  'a wheel that is none of those that were listed is not installed',
  async () => {
    await using index = await startPackageIndex({ wheels: [elsewhere, here, buildEventsWheel()] })
    await using world = await installing(index.url)
    await verifyCandidateInstalled(world.run)
    const { python } = await world.run.facts.read('installation')
    const installed = await findDistribution(await sitePackagesOf(python), project)
    const match = async (...wheels: Wheel[]): Promise<string> => {
      await using other = await startPackageIndex({ wheels })
      return await matchDistribution(installed!, version, await readPublished(other.url, project))
    }
    const sameTags = named(here, '1-py2.py3-none-any')
    expect(await match(elsewhere, sameTags)).toBe(here.sha256)
    // A name that is not that of its tags does not hide a wheel.
    expect(await match(elsewhere, named(here, 'cp314-none-any'))).toBe(here.sha256)
    expect(await stopOf(match(elsewhere))).toMatchObject({ code: 'installed-files-differ' })
  },
)

spec('GATE/FR-003', 'yanked wheels and other files are not among those it may come from', () => {
  const file = (digit: string, yanked: boolean, packagetype: 'bdist_wheel' | 'sdist') => ({
    ...{ filename: `${digit}.whl`, url: `http://127.0.0.1/${digit}.whl`, yanked, packagetype },
    digests: { sha256: digit.repeat(64) },
  })
  const files = [
    file('a', true, 'bdist_wheel'),
    file('b', false, 'bdist_wheel'),
    file('c', false, 'sdist'),
    file('d', false, 'bdist_wheel'),
  ]
  const { wheels, wheelSha256 } = judgeCandidate(
    {
      ...{ tag: 'v3.2.0rc16', version, commit: 'c'.repeat(40), ancestry: 'contains' },
      ...{ packageVersion: { kind: 'unnamed' }, rivals: [], files, commitLastRun: null },
    },
    '3.2.0rc15',
  )
  expect(wheels).toEqual(['b'.repeat(64), 'd'.repeat(64)])
  expect(wheelSha256).toBe('b'.repeat(64))
})
