import { join, resolve } from 'node:path'
import { ifRefused, readPlainFile } from '@canary-gate/documents'
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
  /** Commit that the tag of the events package stands for on GitHub. */
  readonly eventsCommit: string
  readonly containsBaseline: boolean
  readonly baseline: string
  readonly service: ServiceSnapshot
  /** How many historical rows there have to be. */
  readonly historicalRows: number
  /** How many canary runs in a row there have to be. */
  readonly canaryRuns: number
  /** Run files, logs and reports by the path that is recorded of them; null where there is no such plain file. */
  readonly files: ReadonlyMap<string, string | null>
}

/** Looks at the program, the tag, the history, the service and the files once more. */
export async function observe(run: GateRun, bundle: Bundle, github: GitHub): Promise<Observed> {
  const { world } = run
  const { candidate, installation } = bundle
  const [version, record, tag, events, containsBaseline, service, files] = await Promise.all([
    checkVersion(installation, installation.version, {
      secretNames: secretVariables(world),
      serviceUrl: world.service.url,
    }),
    verifyRecord(installation, world.candidate.project, installation.recordSha256),
    github.tag('cli', candidate.tag),
    github.tag('events', installation.eventsTag),
    isAncestor(world.checkouts.cli, world.candidate.baseline, candidate.commit),
    takeSnapshot(run),
    readFiles(run, bundle),
  ])
  return {
    ...{ containsBaseline, service, files },
    versionProblem: version?.what ?? null,
    installationProblems: record.problems,
    tagCommit: tag.commit,
    eventsCommit: events.commit,
    baseline: world.candidate.baseline,
    historicalRows: world.service.historicalRows,
    canaryRuns: world.canary.runs,
  }
}

/** As they were written: a link to the same content, or a second name, is not the file that was held. */
async function readFiles(run: GateRun, bundle: Bundle): Promise<Map<string, string | null>> {
  const { attempt, fourRun, teamspace } = bundle
  const runFiles = fourRun.files.map((file) => [file, join(attempt.folder, file)] as const)
  const ofSuite = (teamspace?.runs ?? [])
    .flatMap(({ log, junit }) => (junit === null ? [log] : [log, junit]))
    .map((file) => [file, resolve(run.world.teamspace.logs, file)] as const)
  const read = [...runFiles, ...ofSuite].map(async ([name, path]) => {
    const found = await readPlainFile(path, mostBytes).catch(ifRefused(null))
    return [name, found === null ? null : Buffer.from(found.bytes).toString('utf8')] as const
  })
  return new Map(await Promise.all(read))
}

/** Logs of a suite that prints much. */
const mostBytes = 256 * 1024 * 1024
