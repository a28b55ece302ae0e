import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { execa } from 'execa'
import { packWheel } from '../../fixtures/candidates/index.ts'
import { type PackageIndex, startPackageIndex } from '../../fixtures/index/index.ts'
import {
  type CandidateList,
  listCandidates,
} from '../../packages/phase4-gate/src/candidates/list.ts'
import { spec } from '../spec.ts'

// Tags as people really set them. Each stands on the release whose package it should name.
let folder = ''
let index: PackageIndex
let baseline = ''
let list: CandidateList

const project = 'spec-kitty-cli'

/** What the package says, the tags on it, and the codes against each; no code means eligible. */
const releases: readonly (readonly [file: string, tags: Readonly<Record<string, string>>])[] = [
  [versioned('3.2.0rc16'), { 'v3.2.0rc16': '', '3.2.0rc16': '' }],
  [versioned('3.2.0rc16.post1'), { 'v3.2.0rc16.post1': 'not-a-release-candidate' }],
  [versioned('3.2.0rc17'), { 'V3.2.0-RC17': '' }],
  [versioned('3.2.0rc17.dev2'), { 'v3.2.0rc17.dev2': 'not-a-release-candidate' }],
  [versioned('3.2.0rc17+local.1'), { 'v3.2.0rc17+local.1': 'not-a-release-candidate' }],
  [
    versioned('3.2.0.dev1'),
    { 'v3.2.0.dev1': 'not-a-release-candidate not-after-the-last-candidate' },
  ],
  [versioned('3.2.0.post1'), { 'v3.2.0.post1': 'final-release' }],
  [versioned('3.2.0rc18'), { 'v3.2.0rc18': 'ambiguous-tag' }],
  [versioned('3.2.0rc18 '), { '3.2.0rc18': 'tag-and-package-disagree ambiguous-tag' }],
  ['[project\n', { 'v3.2.0rc19': 'package-unreadable' }],
  [`[tool.poetry]\nversion = "3.2.0rc99"\n`, { 'v3.2.0rc20': 'tag-and-package-disagree' }],
  [`[project]\nname = "${project}"\ndynamic = ["version"]\n`, { 'v3.2.0rc21': '' }],
  [versioned('1!3.2.0rc1'), { 'v1!3.2.0rc1': 'other-line not-published' }],
  [
    versioned('3.2.0rc22'),
    {
      'release-3.2.0rc22': 'not-a-version not-published',
      nightly: 'not-a-version not-published',
      'vv3.2.0rc22': 'not-a-version not-published',
    },
  ],
]
const withoutCommit = ['v3.2.0rc30', 'v3.2.0rc31', 'v3.2.0rc32']

function versioned(version: string): string {
  return `[project]\nname = "${project}"\nversion = "${version}"\n`
}

const git = async (input: string | undefined, ...args: string[]): Promise<string> => {
  const person = { NAME: 'a', EMAIL: 'a@example.invalid' }
  const { stdout } = await execa('git', args, {
    cwd: join(folder, 'repo'),
    ...(input === undefined ? {} : { input }),
    env: {
      ...{ GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
      ...{ GIT_AUTHOR_NAME: person.NAME, GIT_AUTHOR_EMAIL: person.EMAIL },
      ...{ GIT_COMMITTER_NAME: person.NAME, GIT_COMMITTER_EMAIL: person.EMAIL },
    },
  })
  return stdout
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'odd-tags-'))
  await execa('git', ['init', '--quiet', '--initial-branch=main', join(folder, 'repo')])
  await git(undefined, 'commit', '--quiet', '--allow-empty', '--message', 'baseline')
  baseline = await git(undefined, 'rev-parse', 'HEAD')
  for (const [file, tags] of releases) {
    const blob = await git(file, 'hash-object', '-w', '--stdin')
    await git(undefined, 'update-index', '--add', '--cacheinfo', `100644,${blob},pyproject.toml`)
    await git(undefined, 'commit', '--quiet', '--allow-empty', '--message', 'release')
    for (const tag of Object.keys(tags)) await git(undefined, 'tag', tag)
  }
  await git(undefined, 'tag', 'v3.2.0rc30', 'HEAD^{tree}')
  await git(undefined, 'tag', 'v3.2.0rc31', 'HEAD:pyproject.toml')
  await git(undefined, 'tag', '--annotate', '--message', 'x', 'v3.2.0rc32', 'HEAD^{tree}')
  const published = [16, 17, 18, 19, 20, 21, 22, 30, 31, 32].map((n) => `3.2.0rc${n}`)
  const others = [
    '3.2.0rc16.post1',
    '3.2.0rc17.dev2',
    '3.2.0.dev1',
    '3.2.0.post1',
    '3.2.0rc17+local.1',
  ]
  index = await startPackageIndex({
    wheels: [...published, ...others].map((version) =>
      packWheel({ project, version, summary: 'x', requires: [], scripts: {}, files: {} }),
    ),
  })
  list = await listCandidates(query())
})

afterAll(async () => {
  await index.close()
  await rm(folder, { recursive: true, force: true })
})

function query(): Parameters<typeof listCandidates>[0] {
  const repository = join(folder, 'repo')
  return { repository, indexUrl: index.url, project, after: '3.2.0rc15', baseline }
}

function codesOf(tag: string): string {
  const found = list.candidates.find((candidate) => candidate.tag === tag)
  return found === undefined ? 'not listed' : found.reasons.map(({ code }) => code).join(' ')
}

for (const [tag, codes] of releases.flatMap(([, tags]) => Object.entries(tags)))
  spec(
    ['GATE/FR-003', 'GATE/C-001'],
    `the tag ${tag} is ${codes === '' ? 'eligible' : `refused: ${codes}`}`,
    () => {
      expect(codesOf(tag)).toBe(codes)
    },
  )

for (const tag of withoutCommit)
  spec('GATE/NFR-004', `${tag}, a tag of a tree or a file, is listed and never chosen`, () => {
    expect(codesOf(tag)).toBe('not-a-commit')
  })

spec('GATE/FR-003', 'a version is printed as PEP 440 spells it, whatever its tag writes', () => {
  expect(list.candidates.find(({ tag }) => tag === 'V3.2.0-RC17')?.version).toBe('3.2.0rc17')
})

spec('GATE/FR-003', 'of two tags for one commit the usual one, with a v, is chosen', async () => {
  await git(undefined, 'tag', '--delete', 'v3.2.0rc21', 'V3.2.0-RC17')
  expect((await listCandidates(query())).chosen?.tag).toBe('v3.2.0rc16')
})

spec(
  'GATE/C-005',
  'a clone that was cut off cannot tell what contains the baseline, and says so',
  async () => {
    const shallow = join(folder, 'shallow')
    await execa('git', [
      ...['clone', '--quiet', '--depth=1', '--branch=v3.2.0rc16', `file://${folder}/repo`, shallow],
    ])
    const judged = async (): Promise<readonly string[] | undefined> => {
      const { candidates, chosen } = await listCandidates({ ...query(), repository: shallow })
      expect(chosen).toBeNull()
      const rc16 = candidates.find(({ tag }) => tag === 'v3.2.0rc16')
      return rc16?.reasons.map(({ code }) => code)
    }
    expect(await judged()).toEqual(['baseline-unknown'])
    // Also where the commit itself is there, but not what lies between.
    await git(undefined, 'tag', 'begin', baseline)
    await execa('git', ['fetch', '--quiet', '--depth=1', 'origin', 'tag', 'begin'], {
      cwd: shallow,
    })
    expect(await judged()).toEqual(['baseline-unknown'])
  },
)
