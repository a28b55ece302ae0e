import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { gate } from '../../../release/gate.ts'
import { makeKeys } from '../../../fixtures/release-world/candidate.ts'
import { FILES, type Stage } from './stage.ts'

/** A candidate with one thing wrong, and where the gate must stop. */
export interface BrokenCandidate {
  readonly what: string
  readonly at: (typeof gate)['order'][number]
  readonly code: string
  readonly verdict: 'fail' | 'blocked' | 'inconclusive'
  readonly breaking: (stage: Stage) => Promise<void>
}

type Json = Record<string, unknown>

export const broken: readonly BrokenCandidate[] = [
  {
    what: 'its version is published already',
    ...{ at: 'RELEASE/FR-001', code: 'version-published', verdict: 'blocked' },
    async breaking({ folder, servers, packed }) {
      const { url } = servers.registry
      const { host, pathname } = new URL(url)
      const settings = join(folder, 'npmrc')
      await writeFile(settings, `registry=${url}\n//${host}${pathname}:_authToken=trial\n`)
      const tarball = join(folder, 'tarballs', FILES(packed.version)[0])
      await execa('npm', ['publish', tarball, '--userconfig', settings], { cwd: folder })
    },
  },
  {
    what: 'the tag is of another version',
    ...{ at: 'RELEASE/FR-001', code: 'version-differs', verdict: 'fail' },
    breaking: (stage) => manifest(stage, 1, (own) => (own['version'] = '0.0.9')),
  },
  {
    what: 'a tarball was changed after its provenance was signed',
    ...{ at: 'RELEASE/FR-002', code: 'provenance-differs', verdict: 'fail' },
    breaking: ({ repack, packed }) =>
      repack(FILES(packed.version)[1], (own) => writeFile(join(own, 'added.js'), '')),
  },
  {
    what: 'the provenance is signed by another key',
    ...{ at: 'RELEASE/FR-002', code: 'provenance-differs', verdict: 'fail' },
    async breaking({ folder }) {
      await makeKeys(folder)
    },
  },
  {
    what: 'an export was removed and the changelog does not say so',
    ...{ at: 'RELEASE/FR-003', code: 'export-not-announced', verdict: 'fail' },
    breaking: (stage) =>
      changed(stage, 0, async (own) => {
        const file = join(own, 'packages/documents/src/index.d.ts')
        const text = await readFile(file, 'utf8')
        await writeFile(
          file,
          text.replace(/^export .*json\.ts.*$/m, '').replace(/^export .*json\.js.*$/m, ''),
        )
      }),
  },
  {
    what: 'a benchmark is below its bar',
    ...{ at: 'RELEASE/NFR-001', code: 'benchmarks-missed', verdict: 'fail' },
    breaking: ({ json }) => json('bench.json', (own) => (own['results'] = missed)),
  },
  {
    what: 'only a part of the benchmarks was measured',
    ...{ at: 'RELEASE/NFR-001', code: 'benchmarks-unknown', verdict: 'inconclusive' },
    breaking: ({ json }) => json('bench.json', (own) => (own['all'] = 2)),
  },
  {
    what: 'the matrix was played on another commit',
    ...{ at: 'RELEASE/NFR-002', code: 'matrix-unknown', verdict: 'inconclusive' },
    breaking: ({ json }) => json('matrix.json', (own) => (own['commit'] = '0'.repeat(40))),
  },
  {
    what: 'the matrix was played with files that the commit does not have',
    ...{ at: 'RELEASE/NFR-002', code: 'matrix-unknown', verdict: 'inconclusive' },
    breaking: ({ json }) => json('matrix.json', (own) => (own['changed'] = 1)),
  },
  {
    what: 'the matrix was not played',
    ...{ at: 'RELEASE/NFR-002', code: 'matrix-unknown', verdict: 'inconclusive' },
    breaking: ({ folder }) => rm(join(folder, 'matrix.json')),
  },
  {
    what: 'package.json lacks a dependency',
    ...{ at: 'RELEASE/FR-004', code: 'does-not-start', verdict: 'fail' },
    breaking: (stage) => manifest(stage, 0, (own) => (own['dependencies'] = {})),
  },
  {
    what: 'its engines exclude Node 22',
    ...{ at: 'RELEASE/FR-004', code: 'not-installable', verdict: 'fail' },
    breaking: (stage) => manifest(stage, 0, (own) => (own['engines'] = { node: '>=24' })),
  },
  {
    what: 'a program has no first line that says what runs it',
    ...{ at: 'RELEASE/FR-004', code: 'does-not-start', verdict: 'fail' },
    breaking: (stage) =>
      changed(stage, 2, async (own) => {
        const file = join(own, 'packages/spec-kitty/bin/spec-kitty.js')
        const text = await readFile(file, 'utf8')
        await writeFile(file, text.replace(/^#!.*\n/, ''))
      }),
  },
  {
    what: 'a README names a command that does not exist',
    ...{ at: 'RELEASE/FR-005', code: 'readme-does-not-work', verdict: 'fail' },
    breaking: (stage) =>
      changed(stage, 2, (own) =>
        writeFile(join(own, 'README.md'), '```sh\nnpx spec-kitty no-such-command\n```\n'),
      ),
  },
  {
    what: 'a licence is not allowed',
    ...{ at: 'RELEASE/C-001', code: 'licence-not-allowed', verdict: 'fail' },
    breaking: (stage) => manifest(stage, 1, (own) => (own['license'] = 'BUSL-1.1')),
  },
]

const missed = [{ name: 'one row', problem: '0.5 of its speed, the bar is ≥ 0.8' }]

/** Changes what is in a tarball, and signs it as it is then. @param at which of the three */
async function changed(
  { repack, sign, packed }: Stage,
  at: 0 | 1 | 2,
  change: (folder: string) => Promise<void>,
): Promise<void> {
  await repack(FILES(packed.version)[at], change)
  await sign()
}

function manifest(stage: Stage, at: 0 | 1 | 2, change: (own: Json) => void): Promise<void> {
  return changed(stage, at, async (own) => {
    const file = join(own, 'package.json')
    const document = JSON.parse(await readFile(file, 'utf8')) as Json
    change(document)
    await writeFile(file, JSON.stringify(document))
  })
}
