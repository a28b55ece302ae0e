import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect } from 'vitest'
import { packWheel, type Wheel } from '../../fixtures/candidates/index.ts'
import { type PackageIndex, startPackageIndex } from '../../fixtures/index/index.ts'
import { type Candidate, judgeCandidate } from '../../packages/phase4-gate/src/candidates/judge.ts'
import {
  type CandidateList,
  type CandidateQuery,
  listCandidates,
} from '../../packages/phase4-gate/src/candidates/list.ts'
import { GateStop } from '../../packages/gate-kernel/src/stop/verdict.ts'
import { spec } from '../spec.ts'

let folder = ''
let index: PackageIndex
let list: CandidateList
const shas: Record<string, string> = {}

/** Tag → version the package names itself by; in the order of the commits. */
const history = [
  ['v3.2.0rc9', '3.2.0rc9'],
  ['v3.2.0rc10', '3.2.0rc10'],
  ['baseline', '3.2.0rc10'],
  ['v3.2.0rc15', '3.2.0rc15'],
  ['v3.2.0rc16', '3.2.0-rc16'],
  ['v3.2.0rc17', '3.2.0rc17'],
  ['v3.2.0rc18', '3.2.0rc17'],
  ['v3.2.0rc19', '3.2.0rc19'],
  ['v3.2.0a1', '3.2.0a1'],
  ['v3.2.0', '3.2.0'],
] as const

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candidates-'))
  await writeHistory(folder)
  index = await startPackageIndex({
    wheels: [
      ...[
        '3.2.0rc9',
        '3.2.0rc10',
        '3.2.0rc15',
        '3.2.0rc16',
        '3.2.0rc18',
        '3.2.0',
        '3.2.0rc30',
        '3.3.0rc2',
      ].map(wheel),
      { wheel: wheel('3.2.0rc19'), yanked: 'broken' },
    ],
  })
  list = await listCandidates(query())
})

afterAll(async () => {
  await index.close()
  await rm(folder, { recursive: true, force: true })
})

spec(
  'GATE/FR-003',
  'the newest eligible candidate after rc15 is chosen, by version and not by text',
  () => {
    expect(list.chosen).toMatchObject({
      tag: 'v3.2.0rc16',
      version: '3.2.0rc16',
      commit: shas['v3.2.0rc16'],
    })
    const versions = list.candidates.map(({ version }) => version)
    expect(versions.indexOf('3.2.0rc10')).toBeLessThan(versions.indexOf('3.2.0rc9'))
    expect(versions.indexOf('3.2.0')).toBeLessThan(versions.indexOf('3.2.0rc19'))
  },
)

const expected: readonly (readonly [string, readonly string[]])[] = [
  ['3.2.0rc15', ['not-after-the-last-candidate']],
  ['3.2.0', ['final-release']],
  ['3.2.0a1', ['not-a-release-candidate', 'not-after-the-last-candidate', 'not-published']],
  ['3.2.0rc17', ['not-published']],
  ['3.2.0rc18', ['tag-and-package-disagree']],
  ['3.2.0rc19', ['yanked']],
  ['3.2.0rc30', ['no-tag']],
  ['3.3.0rc2', ['other-line', 'before-the-baseline']],
  ['3.2.0rc9', ['not-after-the-last-candidate', 'before-the-baseline']],
  ['latest', ['not-a-version', 'not-published']],
]
for (const [version, codes] of expected)
  spec(
    ['GATE/FR-003', 'GATE/C-001', 'GATE/C-005'],
    `${version} is refused for ${codes.join(', ')}`,
    () => {
      expect(find(version).reasons.map(({ code }) => code)).toEqual(codes)
      expect(find(version).eligible).toBe(false)
    },
  )

spec('GATE/NFR-004', 'annotated tags are peeled, also a tag of a tag', () => {
  expect(find('3.2.0rc16').commit).toBe(shas['v3.2.0rc16'])
  expect(find('latest').commit).toBe(shas['v3.2.0rc17'])
})

spec(
  'GATE/C-005',
  'at or after the baseline is decided by ancestry: a later tag beside it does not contain it',
  () => {
    expect(find('3.3.0rc2')).toMatchObject({
      prerelease: true,
      published: true,
      containsBaseline: false,
    })
  },
)

spec('GATE/FR-003', 'a tag that was moved since the last run is refused', async () => {
  const lastSeen = new Map([['v3.2.0rc16', shas['v3.2.0rc15'] ?? '']])
  const { candidates, chosen } = await listCandidates({ ...query(), lastSeen })
  expect(chosen).toBeNull()
  expect(codesOf(candidates, '3.2.0rc16')).toEqual(['tag-moved'])
})

spec('GATE/FR-003', 'without an eligible candidate nothing is chosen', async () => {
  expect((await listCandidates({ ...query(), after: '3.2.0rc19' })).chosen).toBeNull()
})

spec('GATE/FR-003', 'a URL is cloned into a temporary folder and judged like a clone', async () => {
  const { chosen } = await listCandidates({ ...query(), repository: `file://${folder}/repo` })
  expect(chosen?.tag).toBe('v3.2.0rc16')
})

spec(
  'GATE/FR-003',
  'an index that cannot be asked is inconclusive, not a missing candidate',
  async () => {
    const stop: unknown = await listCandidates({
      ...query(),
      indexUrl: 'http://127.0.0.1:9',
    }).catch((error: unknown) => error)
    expect(stop).toBeInstanceOf(GateStop)
    expect((stop as GateStop).report).toMatchObject({
      code: 'index-unreadable',
      verdict: 'inconclusive',
    })
  },
)

spec('GATE/FR-003', 'a version with a source distribution alone has no wheel to install', () => {
  const sdist = {
    filename: 'a.tar.gz',
    packagetype: 'sdist' as const,
    url: 'http://127.0.0.1/a',
    yanked: false,
    digests: { sha256: 'a'.repeat(64) },
  }
  const sighting = {
    tag: 'v3.2.0rc16',
    version: '3.2.0rc16',
    commit: 'c',
    ancestry: 'contains',
    packageVersion: { kind: 'unnamed' },
    rivals: [],
    files: [sdist],
    commitLastRun: null,
  } as const
  expect(judgeCandidate(sighting, '3.2.0rc15').reasons.map(({ code }) => code)).toEqual([
    'wheel-missing',
  ])
})

function find(version: string): Candidate {
  const found = list.candidates.find((candidate) => candidate.version === version)
  if (found === undefined) throw new Error(`not listed: ${version}`)
  return found
}

function codesOf(candidates: readonly Candidate[], version: string): readonly string[] {
  return (
    candidates
      .find((candidate) => candidate.version === version)
      ?.reasons.map(({ code }) => code) ?? []
  )
}

function query(): CandidateQuery {
  return {
    repository: join(folder, 'repo'),
    indexUrl: index.url,
    project: 'spec-kitty-cli',
    after: '3.2.0rc15',
    baseline: shas['baseline'] ?? '',
  }
}

function wheel(version: string): Wheel {
  return packWheel({
    project: 'spec-kitty-cli',
    version,
    summary: 'x',
    requires: [],
    scripts: {},
    files: {},
  })
}

/** A line of commits with annotated tags, a side branch without the baseline, and a tag of a tag. */
async function writeHistory(parent: string): Promise<void> {
  const repo = join(parent, 'repo')
  const env = {
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    ...{ GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.invalid' },
    ...{ GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.invalid' },
  }
  const git = async (...args: string[]): Promise<string> =>
    (await execa('git', args, { cwd: repo, env })).stdout
  await execa('git', ['init', '--quiet', '--initial-branch=main', repo], { env })
  const release = async (tag: string, version: string): Promise<void> => {
    const file = `[project]\nname = "spec-kitty-cli"\nversion = "${version}"\n# ${tag}\n`
    const blob = (
      await execa('git', ['hash-object', '-w', '--stdin'], { cwd: repo, env, input: file })
    ).stdout
    await git('update-index', '--add', '--cacheinfo', `100644,${blob},pyproject.toml`)
    await git('commit', '--quiet', '--message', tag)
    shas[tag] = await git('rev-parse', 'HEAD')
    if (tag !== 'baseline') await git('tag', '--annotate', tag, '--message', tag)
  }
  for (const [tag, version] of history) await release(tag, version)
  await git('tag', '--annotate', 'latest', 'v3.2.0rc17', '--message', 'a tag of a tag')
  await git('checkout', '--quiet', 'v3.2.0rc10')
  await release('v3.3.0rc2', '3.3.0rc2')
}
