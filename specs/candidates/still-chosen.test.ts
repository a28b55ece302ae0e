import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect } from 'vitest'
import { packWheel, type Wheel } from '../../fixtures/candidates/index.ts'
import {
  type GitHubServer,
  repositories,
  startGitHub,
  tokens,
  usualSeed,
} from '../../fixtures/github/index.ts'
import { type PackageIndex, startPackageIndex } from '../../fixtures/index/index.ts'
import {
  chooseCandidate,
  requireStillChosen,
} from '../../packages/phase4-gate/src/installation/choose.ts'
import { lastLook } from '../../packages/phase4-gate/src/last-look/last-look.ts'
import { testRun, type TestRun } from '../evidence/workspace.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'

const newest = '3.2.0rc16'
const later = '3.2.0rc17'

let github: GitHubServer

beforeAll(async () => {
  process.env['STILL_CHOSEN_TOKEN'] = tokens.operator
  // GitHub has the tag of a candidate that a clone may lack.
  const tags = [{ name: `v${later}`, commit: 'c'.repeat(40) }]
  github = await startGitHub(
    usualSeed({ cli: { tags, commits: [{ sha: 'c'.repeat(40), message: later, parents: [] }] } }),
  )
})
afterAll(() => github.close())

interface Scene extends AsyncDisposable {
  readonly world: TestRun
  readonly index: PackageIndex
  readonly tag: (version: string) => Promise<void>
}

/** A run that chose and proved the newest candidate, in a world that goes on. */
async function proven(): Promise<Scene> {
  const index = await startPackageIndex({ wheels: [wheel(newest)] })
  const world = await testRun(() => ({
    github: { apiUrl: github.url, repositories, tokenEnv: 'STILL_CHOSEN_TOKEN' },
  }))
  const { run } = world
  const cli = run.world.checkouts.cli
  const git = async (...args: string[]): Promise<string> =>
    (await execa('git', ['-c', 'user.name=a', '-c', 'user.email=a@example', ...args], { cwd: cli }))
      .stdout
  const tag = async (version: string): Promise<void> => {
    await git('commit', '--quiet', '--allow-empty', '-m', version)
    await git('tag', '--force', `v${version}`)
  }
  await git('init', '--quiet')
  await git('commit', '--quiet', '--allow-empty', '-m', 'baseline')
  run.world.candidate.baseline = await git('rev-parse', 'HEAD')
  run.world.candidate.indexUrl = index.url
  await tag(newest)
  const { version, commit, wheelSha256, tag: name } = await chooseCandidate(run)
  await run.facts.write('candidate', { tag: name, version, commit, wheelSha256 })
  return {
    ...{ world, index, tag },
    async [Symbol.asyncDispose]() {
      await Promise.all([index.close(), world[Symbol.asyncDispose]()])
    },
  }
}

function wheel(version: string, summary = ''): Wheel {
  const project = 'spec-kitty-cli'
  return packWheel({ project, version, summary, requires: [], scripts: {}, files: {} })
}

spec(
  'GATE/FR-003',
  'a candidate that is the newest still, and offered, is looked at again',
  async () => {
    await using scene = await proven()
    await expect(requireStillChosen(scene.world.run)).resolves.toBeUndefined()
    expect(lastLook.map(({ requirement }) => requirement)).toContain('GATE/FR-003')
  },
)

/** What happens between the choice and the publication, and what is then said. */
const meanwhile: Readonly<
  Record<string, readonly [happens: (scene: Scene) => Promise<void>, says: RegExp]>
> = {
  'its wheel is yanked': [
    ({ index }) => {
      index.published.splice(0, 1, { wheel: wheel(newest), yanked: 'broken' })
      return Promise.resolve()
    },
    /no eligible release candidate/,
  ],
  'its wheel is removed from the index': [
    ({ index }) => {
      index.published.splice(0)
      return Promise.resolve()
    },
    /no eligible release candidate/,
  ],
  'another wheel takes its place': [
    ({ index }) => {
      index.published.splice(0, 1, { wheel: wheel(newest, 'another') })
      return Promise.resolve()
    },
    /does not offer the wheel \w+ any more/,
  ],
  'a newer candidate is tagged and published': [
    async ({ index, tag }) => {
      await tag(later)
      index.published.push({ wheel: wheel(later) })
    },
    /v3\.2\.0rc17 \(\w+\) would be chosen now, v3\.2\.0rc16 \(\w+\) was proven/,
  ],
  'its tag is moved': [
    ({ tag }) => tag(newest),
    /v3\.2\.0rc16 \(\w+\) would be chosen now, v3\.2\.0rc16 \(\w+\) was proven/,
  ],
  'a newer one is published and tagged on GitHub, and the clone is not fetched': [
    ({ index }) => {
      index.published.push({ wheel: wheel(later) })
      return Promise.resolve()
    },
    /3\.2\.0rc17 is published and tagged v3\.2\.0rc17 on GitHub/,
  ],
}

for (const [what, [happens, says]] of Object.entries(meanwhile))
  spec(['GATE/FR-003', 'GATE/FR-011'], `nothing is released once ${what}`, async () => {
    await using scene = await proven()
    await happens(scene)
    expect((await stopOf(requireStillChosen(scene.world.run))).what).toMatch(says)
  })

spec(
  'GATE/FR-003',
  'a clone that lacks the tag of a newer candidate does not choose the older one',
  async () => {
    await using scene = await proven()
    scene.index.published.push({ wheel: wheel(later) })
    const { run } = scene.world
    const stop = await stopOf(chooseCandidate(run))
    expect(stop).toMatchObject({ code: 'clone-not-fetched', cause: 'environment' })
    expect(stop.next).toContain(`git -C ${join(run.world.checkouts.cli)} fetch --tags`)
    // One that nobody has tagged is only told.
    scene.index.published.splice(1, 1, { wheel: wheel('3.2.0rc18') })
    expect((await chooseCandidate(run)).version).toBe(newest)
    expect(scene.world.progress.join()).toContain('3.2.0rc18')
  },
)

spec(
  'GATE/FR-003',
  'a tag that the clone has elsewhere than GitHub speaks neither for nor against a candidate',
  async () => {
    await using scene = await proven()
    const { run } = scene.world
    scene.index.published.push({ wheel: wheel(later) })
    const cwd = run.world.checkouts.cli
    await execa('git', ['tag', `v${later}`, 'HEAD^{tree}'], { cwd })
    const stop = await stopOf(chooseCandidate(run))
    expect(stop).toMatchObject({ code: 'clone-not-fetched', cause: 'environment' })
    expect(stop.what).toBe(
      `v${later} is not a commit in the clone, and ${'c'.repeat(40)} on GitHub`,
    )
    // One that GitHub does not have either is only not eligible.
    await execa('git', ['tag', '--delete', `v${later}`], { cwd })
    await execa('git', ['tag', 'v3.2.0rc18', 'HEAD^{tree}'], { cwd })
    scene.index.published.splice(1, 1, { wheel: wheel('3.2.0rc18') })
    expect((await chooseCandidate(run)).version).toBe(newest)
  },
)
