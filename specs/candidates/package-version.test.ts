import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { execa } from 'execa'
import { packageVersionAt } from '../../packages/phase4-gate/src/candidates/package-version.ts'
import { spec } from '../spec.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'package-version-'))
  await execa('git', ['init', '--quiet', folder])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A commit whose tree has one file. */
async function committed(name: string, text: string): Promise<string> {
  const git = async (input: string, ...args: string[]): Promise<string> => {
    const env = { GIT_AUTHOR_NAME: 'a', GIT_COMMITTER_NAME: 'a', EMAIL: 'a@example.invalid' }
    return (await execa('git', args, { cwd: folder, input, env })).stdout
  }
  const blob = await git(text, 'hash-object', '-w', '--stdin')
  const tree = await git(`100644 blob ${blob}\t${name}\n`, 'mktree')
  return git('', 'commit-tree', tree, '-m', 'a release')
}

const both = (poetry: string): string =>
  `[project]\nversion = "3.2.0rc16"\n[tool.poetry]\nversion = "${poetry}"\n`

/** Files of a package, and what kind of version each names. */
const files: readonly (readonly [name: string, text: string, kind: string])[] = [
  ['package.json', '{"name":"x","version":"3.2.0-rc.16"}', 'named'],
  ['package.json', '{"name":"x"}', 'unnamed'],
  ...['3', 'null', 'true', '["3.2.0rc16"]', '{"is":"3.2.0rc16"}'].map(
    (version) => ['package.json', `{"version":${version}}`, 'unreadable'] as const,
  ),
  ...['[]', '"3.2.0rc16"', '{"version":"1","version":"2"}', ''].map(
    (text) => ['package.json', text, 'unreadable'] as const,
  ),
  ['pyproject.toml', both('3.2.0rc16'), 'named'],
  ['pyproject.toml', both('3.2.0-rc16'), 'named'],
  ['pyproject.toml', both('3.2.0rc15'), 'unreadable'],
  ['pyproject.toml', '[project]\nversion = 3\n', 'unreadable'],
  ['pyproject.toml', '[project]\nname = "x"\n', 'unnamed'],
]

spec(
  'GATE/FR-003',
  'a package that names its version in a way that nobody understands is not one without a version',
  async () => {
    for (const [name, text, kind] of files) {
      const found = await packageVersionAt(folder, await committed(name, text))
      expect(found.kind, `${name}: ${text}`).toBe(kind)
    }
  },
)
