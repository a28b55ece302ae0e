import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import {
  headCommit,
  makeKeys,
  pack,
  signProvenance,
  versionHere,
} from '../../../fixtures/release-world/candidate.ts'
import {
  namesHere,
  nodesHere,
  placesOf,
  type ReleaseServers,
  startServers,
} from '../../../fixtures/release-world/rehearsal.ts'
import { type Evidence, evidenceSchema } from '../../../packages/gate-kernel/src/index.ts'
import { exportsOf } from '../../../release/checks/exports.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const program = join(root, 'packages', 'canary-gate', 'bin', 'canary-gate.js')

/** Three of our packages, so that a run installs few of them: a library, a library with a program, a program. */
const FOLDERS = ['documents', 'programs', 'spec-kitty']

/** What every candidate of these specs is made from: packed once. */
export interface Packed extends AsyncDisposable {
  readonly folder: string
  readonly commit: string
  readonly version: string
}

export async function packOnce(): Promise<Packed> {
  const folder = await mkdtemp(join(tmpdir(), 'own-packages-'))
  const [commit, version] = [await headCommit(), await versionHere()]
  await pack(join(folder, 'tarballs'), ...FOLDERS)
  const record = { commit, changed: 0, all: 1, results: [{ name: 'one row', problem: null }] }
  for (const name of ['bench', 'matrix'])
    await writeFile(join(folder, `${name}.json`), JSON.stringify(record))
  await writeFile(join(folder, 'CHANGELOG.md'), `# Changelog\n\n## ${version}\n\n- Nothing.\n`)
  await writeFile(join(folder, 'exports.txt'), (await listing(folder)).join('\n'))
  return {
    ...{ folder, commit, version },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

async function listing(folder: string): Promise<readonly string[]> {
  const lines: string[] = []
  const at = join(folder, 'unpacked')
  for (const file of FILES(await versionHere())) {
    await mkdir(at)
    await execa('tar', ['-xzf', join(folder, 'tarballs', file), '-C', at])
    const text = await readFile(join(at, 'package', 'package.json'), 'utf8')
    lines.push(
      ...(await exportsOf((JSON.parse(text) as { name: string }).name, join(at, 'package'))),
    )
    await rm(at, { recursive: true })
  }
  return lines
}

/** Names of the tarballs of a version. */
export const FILES = (version: string): readonly [string, string, string] => [
  `canary-gate-documents-${version}.tgz`,
  `canary-gate-programs-${version}.tgz`,
  `spec-kitty-${version}.tgz`,
]

/** One candidate in a folder of its own, before it is broken and after. */
export interface Stage {
  readonly folder: string
  readonly packed: Packed
  readonly servers: ReleaseServers
  /** Changes a file of the candidate that is JSON. */
  readonly json: (file: string, change: (own: Record<string, unknown>) => void) => Promise<void>
  /** Unpacks a tarball, lets it be changed, and packs it again under its name. */
  readonly repack: (file: string, change: (folder: string) => Promise<void>) => Promise<void>
  /** Signs the tarballs as they are now. */
  readonly sign: () => Promise<void>
}

/** What came of a run of `canary-gate run release` on a candidate. */
export interface Outcome {
  readonly exitCode: number | undefined
  readonly output: string
  readonly evidence: Evidence
  /** Of the run's folder. */
  readonly run: string
  readonly comments: readonly string[]
}

/**
 * Plays the release gate on a candidate, by the program, as an operator starts it.
 *
 * @param breaking what is wrong with it; without it everything is right
 * @param more looks at the run and may start another one
 */
export async function play(
  packed: Packed,
  breaking: (stage: Stage) => Promise<void> = () => Promise.resolve(),
  more: (stage: Stage, outcome: Outcome, again: () => Promise<Outcome>) => Promise<void> = () =>
    Promise.resolve(),
): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'release-'))
  await cp(packed.folder, folder, { recursive: true })
  const tag = `v${packed.version}`
  const names = await namesHere()
  await using servers = await startServers(folder, { tag, commit: packed.commit, names })
  try {
    const stage = stageOf(folder, packed, servers, await makeKeys(folder))
    await stage.sign()
    await writeFile(join(folder, 'world.json'), JSON.stringify(await worldOf(stage, tag)))
    await breaking(stage)
    const outcome = await start(stage)
    await more(stage, outcome, () => start(stage))
    return outcome
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function stageOf(
  folder: string,
  packed: Packed,
  servers: ReleaseServers,
  keys: { readonly signing: string },
): Stage {
  const tarballs = join(folder, 'tarballs')
  return {
    ...{ folder, packed, servers },
    async json(file, change) {
      const document = JSON.parse(await readFile(join(folder, file), 'utf8')) as Record<
        string,
        unknown
      >
      change(document)
      await writeFile(join(folder, file), JSON.stringify(document))
    },
    async repack(file, change) {
      const at = await mkdtemp(join(folder, 'repack-'))
      await execa('tar', ['-xzf', join(tarballs, file), '-C', at])
      await change(join(at, 'package'))
      await execa('tar', ['-czf', join(tarballs, file), '-C', at, 'package'])
    },
    sign: () =>
      signProvenance(tarballs, packed.commit, keys.signing, join(folder, 'provenance.json')),
  }
}

async function worldOf({ folder, servers }: Stage, tag: string): Promise<object> {
  return {
    ...{ tag, tarballs: join(folder, 'tarballs'), nodes: await nodesHere() },
    provenance: {
      file: join(folder, 'provenance.json'),
      verifyingKey: join(folder, 'provenance.pub'),
    },
    changelog: join(folder, 'CHANGELOG.md'),
    exports: join(folder, 'exports.txt'),
    benchmarks: join(folder, 'bench.json'),
    matrix: join(folder, 'matrix.json'),
    ...placesOf(servers),
  }
}

async function start({ folder, servers }: Stage): Promise<Outcome> {
  const runs = join(folder, 'runs')
  const words = [program, 'run', 'release', '--config', join(folder, 'world.json')]
  const env = { ...outside(), ...servers.env, CANARY_GATE_ARTIFACTS: runs }
  const options = { cwd: root, env, extendEnv: false, reject: false, all: true } as const
  const { exitCode, all } = await execa(process.execPath, words, { ...options, stdin: 'ignore' })
  const id = await readFile(join(runs, 'latest'), 'utf8').catch(() => {
    throw new Error(`the gate came to no verdict:\n${all}`)
  })
  const run = join(runs, id.trim())
  const evidence: unknown = JSON.parse(await readFile(join(run, 'evidence.json'), 'utf8'))
  const [repository] = servers.github.state.repositories.values()
  const comments = [...(repository?.issues.values() ?? [])].flatMap((issue) => issue.comments)
  return {
    ...{ exitCode, output: all, run, evidence: evidenceSchema.parse(evidence) },
    comments: comments.map(({ body }) => body),
  }
}

/** Without what the runner of these specs sets for itself. */
function outside(): Record<string, string> {
  const meddling = /^(VITEST|VITE_|NODE_OPTIONS$|NODE_ENV$|TEST$|CANARY_GATE_|MODE$|DEV$|PROD$)/
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !meddling.test(entry[0]),
    ),
  )
}

/** `canary-gate verify` on the folder of a run. */
export async function verify(
  run: string,
): Promise<{ exitCode: number | undefined; stdout: string }> {
  const options = { cwd: root, reject: false, stdin: 'ignore' } as const
  const { exitCode, stdout } = await execa(process.execPath, [program, 'verify', run], options)
  return { exitCode, stdout }
}
