import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type GitHubServer,
  repositories,
  startGitHub,
  tokens,
  usualSeed,
} from '../../fixtures/github/index.ts'
import { type HostedService, startHostedService } from '../../fixtures/service/index.ts'
import { attemptsFolder } from '../../packages/phase4-gate/src/evidence/attempt.ts'
import { verifyRecord } from '../../packages/phase4-gate/src/installation/record.ts'
import {
  verifyHistoricalRows,
  verifyPreflight,
} from '../../packages/phase4-gate/src/service/requirements.ts'
import type { WorldInput } from '../../packages/phase4-gate/src/world/schema.ts'
import { type TestRun, testRun } from '../evidence/workspace.ts'
import { printRows } from '../preflight/world.ts'
import type { Script } from './script.ts'

/** A run that has come as far as the canary, with a played harness and a GitHub that listens. */
export interface CanaryRunWorld extends TestRun {
  readonly github: GitHubServer
  readonly service: HostedService
  /** Folder that holds all attempts. */
  readonly attempts: string
  /** `<canary home>/.spec-kitty`. */
  readonly spool: string
  /** Changes what the harness will do next. */
  play(script: Script): Promise<void>
}

export async function canaryWorld(
  script: Script = {},
  part: Partial<WorldInput['canary']> = {},
): Promise<CanaryRunWorld> {
  const github = await startGitHub(usualSeed())
  const service = await startHostedService()
  process.env['CANARY_SPEC_TOKEN'] = tokens.operator
  const world = await testRun((root) => ({
    github: { apiUrl: github.url, repositories, tokenEnv: 'CANARY_SPEC_TOKEN' },
    service: { url: service.url, rowsCommand: printRows(service.url), retryAfterMs: 10 },
    canary: {
      command: [
        process.execPath,
        join(import.meta.dirname, 'play-harness.ts'),
        join(root, 'script.json'),
      ],
      cwd: join(root, 'e2e'),
      timeoutMs: 120_000,
      home: join(root, 'home'),
      ...part,
    },
  }))
  const spool = join(world.root, 'home', '.spec-kitty')
  const play = (next: Script): Promise<void> =>
    writeFile(join(world.root, 'script.json'), JSON.stringify(next))
  await play(script)
  await mkdir(spool, { recursive: true })
  await recordInstallation(world)
  await verifyPreflight(world.run)
  await verifyHistoricalRows(world.run)
  return {
    ...{ ...world, github, service, spool, play, attempts: attemptsFolder(world.run) },
    [Symbol.asyncDispose]: async () => {
      await github.close()
      await service.close()
      await world[Symbol.asyncDispose]()
    },
  }
}

/** Names of the writes that reached GitHub, in their order. */
export function writesOf(github: GitHubServer): string[] {
  return github.requests.filter(({ method }) => method !== 'GET').map(({ name }) => name)
}

async function recordInstallation({ root, run }: TestRun): Promise<void> {
  const environment = join(root, 'pipx', 'venvs', 'spec-kitty-cli')
  const packages = join(environment, 'lib', 'python3.11', 'site-packages')
  const info = join(packages, 'spec_kitty_cli-3.2.0rc16.dist-info')
  const python = join(environment, 'bin', 'python')
  const bin = join(root, 'bin', 'spec-kitty')
  const source = 'pass\n'
  const hash = createHash('sha256').update(source).digest('base64url')
  await mkdir(info, { recursive: true })
  await mkdir(join(environment, 'bin'))
  for (const program of [python, bin]) await writeFile(program, '', { mode: 0o755 })
  await writeFile(join(packages, 'specify_cli.py'), source)
  await writeFile(join(info, 'METADATA'), 'Name: spec-kitty-cli\nVersion: 3.2.0rc16\n\n')
  const record = `specify_cli.py,sha256=${hash},${source.length}\n`
  await writeFile(join(info, 'RECORD'), record)
  const commit = 'b'.repeat(40)
  const wheelSha256 = 'a'.repeat(64)
  const version = '3.2.0rc16'
  await run.facts.write('candidate', { tag: 'v3.2.0rc16', version, commit, wheelSha256 })
  await run.facts.write('installation', {
    ...{ bin, python, version, distributionSha256: wheelSha256 },
    recordSha256: (await verifyRecord({ bin, python }, 'spec-kitty-cli')).sha256,
    ...{ eventsVersion: '5.1.0', eventsTag: 'v5.1.0', eventsCommit: commit },
  })
}
