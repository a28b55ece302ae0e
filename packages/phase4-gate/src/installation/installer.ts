import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { indexBase } from '../candidates/package-index.ts'
import { describeOutcome, runProgram } from '@canary-gate/programs'
import { inconclusive } from '@canary-gate/gate-kernel'
import type { World } from '../world/schema.ts'
import { installerEnvironment } from './installer-environment.ts'

/** Where an installer put the candidate. */
export interface InstalledPlaces {
  readonly bin: string
  readonly python: string
}

interface InstallerCall extends InstalledPlaces {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

type CandidateWorld = World['candidate']
const programName = 'spec-kitty'
const timeoutMs = 15 * 60_000

/** How each installer is called; the isolated home is always set, so no other installation is touched. */
const adapters: Record<
  CandidateWorld['installer']['kind'],
  (candidate: CandidateWorld, version: string) => InstallerCall
> = {
  pipx: ({ installer, project }, version) => ({
    command: [
      ...installer.command,
      'install',
      '--force',
      `${project}==${version}`,
      '--pip-args=--pre',
    ],
    env: {
      PIPX_HOME: installer.home,
      PIPX_BIN_DIR: installer.binDir,
    },
    bin: join(installer.binDir, programName),
    python: join(installer.home, 'venvs', project, 'bin', 'python'),
  }),
  uv: ({ installer, project }, version) => ({
    command: [
      ...installer.command,
      'tool',
      'install',
      '--force',
      '--prerelease',
      'allow',
      `${project}==${version}`,
    ],
    env: {
      UV_TOOL_DIR: installer.home,
      UV_TOOL_BIN_DIR: installer.binDir,
    },
    bin: join(installer.binDir, programName),
    python: join(installer.home, project, 'bin', 'python'),
  }),
}

/**
 * Installs exactly one version of the candidate into the isolated home (GATE/FR-003).
 *
 * @throws inconclusive stop when the installer is missing, fails or runs out of time
 */
export async function installCandidate(
  candidate: CandidateWorld,
  version: string,
  secretNames: readonly string[],
): Promise<InstalledPlaces> {
  const { command, env, bin, python } = adapters[candidate.installer.kind](candidate, version)
  const plain = await installerEnvironment(simpleIndex(candidate.indexUrl), secretNames)
  // pipx installs into an environment that is there: what an earlier candidate brought would stay in it.
  await rm(dirname(dirname(python)), { recursive: true, force: true })
  await mkdir(candidate.installer.home, { recursive: true })
  await mkdir(candidate.installer.binDir, { recursive: true })
  const outcome = await runProgram({
    command,
    env: { ...plain, ...env },
    timeoutMs,
  })
  if (outcome.kind === 'exited' && outcome.exitCode === 0) return { bin, python }
  throw inconclusive({
    code: 'installation-failed',
    what: `the installer ended with: ${describeOutcome(outcome)}: ${lastLines(outcome.log)}`,
    where: command.join(' '),
    next: 'run this command by hand, mend what it names, then run the gate again',
  })
}

function simpleIndex(indexUrl: string): string {
  return `${indexBase(indexUrl)}/simple/`
}

function lastLines(log: string): string {
  return log.trim().split('\n').slice(-8).join(' | ')
}
