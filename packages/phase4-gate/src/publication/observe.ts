import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { secretVariables } from '../world/known-secrets.ts'
import { isAncestor } from '@canary-gate/programs'
import type { GitHub } from '@canary-gate/gate-kernel'
import type { GateRun } from '../run/run.ts'
import { checkVersion } from '../installation/program-checks.ts'
import { verifyRecord } from '../installation/record.ts'
import type { ServiceSnapshot } from '../run/facts.ts'
import { takeSnapshot } from '../service/snapshot.ts'
import type { Bundle } from './bundle.ts'

/** What is true now, looked up again so that the comments are not checked against themselves. */
export interface Observed {
  /** What is wrong with the version that the installed program prints; null if it is the proven one. */
  readonly versionProblem: string | null
  /** Files of the installed candidate that are no longer what its RECORD says. */
  readonly installationProblems: readonly string[]
  /** Commit that the tag stands for on GitHub. */
  readonly tagCommit: string
  readonly containsBaseline: boolean
  readonly baseline: string
  readonly service: ServiceSnapshot
  /** How many historical rows there have to be. */
  readonly historicalRows: number
  /** How many canary runs in a row there have to be. */
  readonly canaryRuns: number
  /** Run files and logs by the path the comment gives; null where there is no such file. */
  readonly files: ReadonlyMap<string, string | null>
}

/** Looks at the program, the tag, the history, the service and the files once more. */
export async function observe(run: GateRun, bundle: Bundle, github: GitHub): Promise<Observed> {
  const { world } = run
  const { candidate, installation } = bundle
  const [version, record, tag, containsBaseline, service, files] = await Promise.all([
    checkVersion(installation, installation.version, {
      secretNames: secretVariables(world),
      serviceUrl: world.service.url,
    }),
    verifyRecord(installation, world.candidate.project, installation.recordSha256),
    github.tag('cli', candidate.tag),
    isAncestor(world.checkouts.cli, world.candidate.baseline, candidate.commit),
    takeSnapshot(run),
    readFiles(run, bundle),
  ])
  return {
    ...{ containsBaseline, service, files },
    versionProblem: version?.what ?? null,
    installationProblems: record.problems,
    tagCommit: tag.commit,
    baseline: world.candidate.baseline,
    historicalRows: world.service.historicalRows,
    canaryRuns: world.canary.runs,
  }
}

async function readFiles(run: GateRun, bundle: Bundle): Promise<Map<string, string | null>> {
  const { attempt, fourRun, teamspace } = bundle
  const runFiles = fourRun.files.map((file) => [file, join(attempt.folder, file)] as const)
  const logs = (teamspace?.runs ?? []).map(
    ({ log }) => [log, resolve(run.world.teamspace.logs, log)] as const,
  )
  const read = [...runFiles, ...logs].map(async ([name, path]) => {
    return [name, await readFile(path, 'utf8').catch(() => null)] as const
  })
  return new Map(await Promise.all(read))
}
