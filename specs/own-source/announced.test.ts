import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { type GitHubServer, startGitHub, tokens, operator } from '../../fixtures/github/index.ts'
import { makeKeys, signProvenance } from '../../fixtures/release-world/candidate.ts'
import { lookAgain } from '../../packages/gate-kernel/src/finish/last-look.ts'
import { openFactStore } from '../../packages/gate-kernel/src/index.ts'
import * as checks from '../../release/checks/checks.ts'
import { facts, type Run, world as worldSchema } from '../../release/checks/facts.ts'
import { gate } from '../../release/gate.ts'
import { spec } from '../spec.ts'

const version = '1.2.0'
const commit = 'a'.repeat(40)
const file = 'own-thing-1.2.0.tgz'
process.env['ANNOUNCED_TOKEN'] = tokens.operator

/** A run in which one package was proven, and what somebody may do before it is announced. */
interface Proven extends AsyncDisposable {
  readonly run: Run
  readonly folder: string
  readonly github: GitHubServer
  /** The integrity that the registry states; undefined before the package was published there. */
  readonly registry: { integrity?: string }
}

async function proven(): Promise<Proven> {
  const folder = await mkdtemp(join(tmpdir(), 'announced-'))
  const github = await startGitHub({
    accounts: [{ token: tokens.operator, login: operator, kind: 'user', access: 'write' }],
    repositories: [
      {
        fullName: 'owner/project',
        issues: [{ number: 1, title: 'Releases', state: 'open' }],
        commits: [{ sha: commit, message: 'one', parents: [] }],
        tags: [{ name: `v${version}`, commit }],
      },
    ],
  })
  const registry: Proven['registry'] = {}
  const server = createServer((_, answer) => {
    const dist = { integrity: registry.integrity }
    const versions = registry.integrity === undefined ? undefined : { [version]: { dist } }
    answer.statusCode = versions === undefined ? 404 : 200
    answer.end(JSON.stringify({ versions }))
  }).listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  await layOut(folder)
  const port = String((server.address() as AddressInfo).port)
  const run = runIn(folder, `http://127.0.0.1:${port}`, github.url)
  await prove(run, registry)
  return {
    ...{ run, folder, github, registry },
    async [Symbol.asyncDispose]() {
      await github.close()
      await new Promise((closed) => server.close(closed))
      await rm(folder, { recursive: true })
    },
  }
}

async function layOut(folder: string): Promise<void> {
  await packed(folder, 'export declare const one: number\n')
  const keys = await makeKeys(folder)
  const statement = join(folder, 'provenance.json')
  await signProvenance(join(folder, 'tarballs'), commit, keys.signing, statement)
  for (const name of ['bench', 'matrix']) await recorded(folder, name, ['one row'])
  await writeFile(join(folder, 'CHANGELOG.md'), `# Changelog\n\n## ${version}\n\n- \`one\`\n`)
  await writeFile(join(folder, 'exports.txt'), '')
}

async function packed(folder: string, types: string): Promise<void> {
  const place = join(folder, 'package')
  await mkdir(place, { recursive: true })
  await mkdir(join(folder, 'tarballs'), { recursive: true })
  const manifest = { name: 'own-thing', version, exports: { '.': { types: './index.d.ts' } } }
  await writeFile(join(place, 'package.json'), JSON.stringify(manifest))
  await writeFile(join(place, 'index.d.ts'), types)
  await execa('tar', ['-czf', join(folder, 'tarballs', file), '-C', folder, 'package'])
}

async function recorded(folder: string, name: string, rows: readonly string[]): Promise<void> {
  const results = rows.map((row) => ({ name: row, problem: null }))
  const record = { commit, changed: 0, all: rows.length, results }
  await writeFile(join(folder, `${name}.json`), JSON.stringify(record))
}

function runIn(folder: string, registry: string, apiUrl: string): Run {
  const at = (name: string): string => join(folder, name)
  const world = worldSchema.parse({
    ...{ tag: `v${version}`, tarballs: at('tarballs'), nodes: ['24.0.0'], registry },
    provenance: { file: at('provenance.json'), verifyingKey: at('provenance.pub') },
    ...{ changelog: at('CHANGELOG.md'), exports: at('exports.txt') },
    ...{ benchmarks: at('bench.json'), matrix: at('matrix.json') },
    github: { apiUrl, repositories: { project: 'owner/project' }, tokenEnv: 'ANNOUNCED_TOKEN' },
  })
  const own = at('run-1')
  const store = openFactStore(facts, own)
  return { id: 'run-1', folder: own, world, facts: store, progress: () => undefined }
}

/** All that the gate proves, but for the installation of the one package. */
async function prove(run: Run, registry: Proven['registry']): Promise<void> {
  await mkdir(run.folder)
  await checks.verifyCandidate(run)
  await checks.verifyProvenance(run)
  await checks.verifyExports(run)
  await checks.verifyBenchmarks(run)
  await checks.verifyMatrix(run)
  registry.integrity = await integrityOf(run)
  await run.facts.write('installations', [{ name: 'own-thing', node: '24.0.0', folder: 'there' }])
  await checks.verifyComment(run)
}

async function integrityOf({ world }: Run): Promise<string> {
  const bytes = await readFile(join(world.tarballs, file))
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`
}

spec('GATE/FR-011', 'packages that are as they were proven are announced', async () => {
  await using all = await proven()
  expect(await lookAgain(gate, all.run)).toBeUndefined()
})

type Meddle = (all: Proven) => unknown

/** What somebody does after the last requirement has passed, and which requirement says so. */
const changes: Readonly<Record<string, readonly [meddle: Meddle, at: string, says: RegExp]>> = {
  'a tarball was exchanged': [
    ({ folder }) => packed(folder, 'export declare const one: string\n'),
    'RELEASE/FR-001',
    /tarballs are others/,
  ],
  'a tarball was added': [
    ({ folder }) => writeFile(join(folder, 'tarballs', 'other-1.2.0.tgz'), 'other'),
    'RELEASE/FR-001',
    /tarballs are others/,
  ],
  'a tarball was removed': [
    ({ folder }) => rm(join(folder, 'tarballs', file)),
    'RELEASE/FR-001',
    /tarballs are others/,
  ],
  'the tag was moved': [
    ({ github }) => {
      const [repository] = github.state.repositories
      repository?.tags.splice(0, 1, { name: `v${version}`, commit: 'b'.repeat(40) })
    },
    'RELEASE/FR-001',
    /v1\.2\.0 is at b{40}/,
  ],
  'the statement was signed anew by another key': [
    ({ folder }) => makeKeys(folder),
    'RELEASE/FR-002',
    /provenance/,
  ],
  'the changelog was rewritten': [
    ({ folder }) => writeFile(join(folder, 'CHANGELOG.md'), '# Changelog\n'),
    'RELEASE/FR-003',
    /does not name 1 changed exports/,
  ],
  'the record of the benchmarks was replaced': [
    ({ folder }) => recorded(folder, 'bench', ['another row']),
    'RELEASE/NFR-001',
    /it says something else/,
  ],
  'the record of the matrix was replaced': [
    ({ folder }) => recorded(folder, 'matrix', ['another row']),
    'RELEASE/NFR-002',
    /it says something else/,
  ],
  'other bytes were installed than are announced': [
    ({ registry }) => (registry.integrity = 'sha512-other'),
    'RELEASE/FR-004',
    /not what was installed/,
  ],
  'the registry lost what was installed': [
    ({ registry }) => delete registry.integrity,
    'RELEASE/FR-004',
    /does not say which own-thing/,
  ],
  'the issue of releases was closed': [
    ({ github }) => {
      const issue = github.state.repositories[0]?.issues[0]
      if (issue !== undefined) issue.state = 'closed'
    },
    'RELEASE/FR-006',
    /takes no comment/,
  ],
  'the comment was edited in the folder of the run': [
    ({ run }) => run.facts.write('comment', { body: 'all is well' }),
    'RELEASE/FR-006',
    /the comment is another/,
  ],
}

for (const [what, [meddle, at, says]] of Object.entries(changes))
  spec(['GATE/FR-011', 'GATE/NFR-004'], `packages are not announced after ${what}`, async () => {
    await using all = await proven()
    await meddle(all)
    const ended = await lookAgain(gate, all.run)
    expect(ended).toMatchObject({ status: 'broken', at })
    expect(ended?.status === 'broken' && ended.stop.what).toMatch(says)
  })
