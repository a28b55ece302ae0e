import { isDeepStrictEqual } from 'node:util'
import { openFingerprinter } from '../interventions/fingerprint.ts'
import type { Fingerprint } from '../run/fingerprint.ts'
import { interventions } from '../interventions/compare.ts'
import { describeOutcome, type ProgramOutcome, runProgram } from '@canary-gate/programs'
import { verifyRecord } from '../installation/record.ts'
import type { CanaryRun } from '../run/canary-run.ts'
import type { GateRun } from '../run/run.ts'
import { fewestCanaryRuns } from '../world/schema.ts'
import { harnessEnvironment } from './environment.ts'
import {
  harnessOutput,
  type OutputBefore,
  readFresh,
  rememberOutput,
  unexpectedRuns,
} from './output.ts'
import { checkProtocol, readRunDocument } from './results.ts'
import { watchRuns } from './watch.ts'

type Protocol = 'single' | 'four-run'

/** Everything one start of the harness left behind; judged by the caller, preserved before that. */
export interface Canary {
  readonly protocol: Protocol
  readonly outcome: ProgramOutcome
  /** The documents that can be believed, in the order of their numbers. */
  readonly runs: readonly CanaryRun[]
  /** Files that this start of the harness wrote, with the text that was judged. */
  readonly files: readonly { readonly name: string; readonly text: string }[]
  /** Why the documents cannot be believed, with the file each finding is about; empty if they can. */
  readonly unusable: readonly string[]
  /** Files of the installed candidate that differ from its RECORD after a run. */
  readonly installationProblems: readonly string[]
  readonly interventions: readonly string[]
  /** What of the watched state could not be looked at: nothing is known about it. */
  readonly unwatched: readonly string[]
  readonly stateBefore: Fingerprint
  readonly stateAfter: Fingerprint
}

export interface CanaryCall {
  readonly protocol: Protocol
  /** State at the end of the previous canary of this gate, if there was one. */
  readonly previous: Fingerprint | null
}

/**
 * Starts the harness, watches it, and reads what it wrote (GATE/FR-007, FR-008). Its exit code is
 * never trusted alone; neither is a file that was there before. After every run the installed
 * candidate is compared with its RECORD: one that patches itself is not the one that was tagged.
 */
export async function runCanary(run: GateRun, call: CanaryCall): Promise<Canary> {
  const installation = await run.facts.read('installation')
  const env = harnessEnvironment(run.world, installation)
  const before = await rememberOutput(run)
  const fingerprinter = openFingerprinter(run)
  const stateBefore = await fingerprinter.takeComplete()
  const runs = call.protocol === 'single' ? 1 : run.world.canary.runs
  const output = harnessOutput(run)
  const installationProblems: string[] = []
  const startedAt = new Date()
  const watch = watchRuns({
    ...{ output, before, fingerprinter, initial: stateBefore, runs },
    ownSandboxes: run.world.canary.ownSandboxes,
    onRunEnd: async (number) => {
      run.progress(`canary run ${number} of ${runs} has ended`)
      installationProblems.push(...(await recordProblems(run, number)))
    },
  })
  const outcome = await startHarness(run, call.protocol, env)
  const seen = await watch.stop()
  const { unusable, ...documents } = await readDocuments(run, runs, before, {
    cliVersion: installation.version,
    eventsVersion: installation.eventsVersion,
    startedAt,
    endedAt: new Date(),
  })
  const stateAfter = await fingerprinter.takeComplete()
  const between =
    call.previous === null
      ? []
      : interventions(call.previous, stateBefore, 'between the single run and run 1', 'any')
  return {
    ...{ protocol: call.protocol, outcome, stateBefore, installationProblems, ...documents },
    unusable: [...unusable, ...seen.rewritten],
    interventions: [...between, ...seen.interventions],
    unwatched: [...new Set([...(stateBefore.unwatched ?? []), ...(stateAfter.unwatched ?? [])])],
    stateAfter,
  }
}

async function recordProblems(run: GateRun, number: number): Promise<string[]> {
  const installation = await run.facts.read('installation')
  try {
    const { project } = run.world.candidate
    const { problems } = await verifyRecord(installation, project, installation.recordSha256)
    return problems.map((problem) => `after run ${number}: ${problem}`)
  } catch (error) {
    return [`after run ${number}: ${error instanceof Error ? error.message : String(error)}`]
  }
}

async function startHarness(
  run: GateRun,
  protocol: Protocol,
  env: Record<string, string>,
): Promise<ProgramOutcome> {
  const { command, cwd, timeoutMs, runs } = run.world.canary
  // Four is what a harness does without being told a number.
  const number = runs === fewestCanaryRuns ? [] : ['--runs', String(runs)]
  const line = [...command, ...(protocol === 'single' ? ['--single'] : number)]
  run.progress(`canary: ${line.join(' ')}`)
  const outcome = await runProgram({ command: line, cwd, env, timeoutMs })
  run.progress(`canary: ${describeOutcome(outcome)}`)
  return outcome
}

interface Circumstances {
  readonly cliVersion: string
  readonly eventsVersion: string
  readonly startedAt: Date
  readonly endedAt: Date
}

async function readDocuments(
  run: GateRun,
  count: number,
  before: OutputBefore,
  circumstances: Circumstances,
): Promise<Pick<Canary, 'runs' | 'files' | 'unusable'>> {
  const output = harnessOutput(run)
  const runs: CanaryRun[] = []
  const endsMs: number[] = []
  const files: { name: string; text: string }[] = []
  const unusable = await unexpectedRuns(output, before, count)
  const readOne = async (
    from: string,
    name: string,
    runNumber: number,
  ): Promise<CanaryRun | null> => {
    const document = await readFresh(from, before, output.secrets)
    if ('absent' in document) {
      unusable.push(`${name}: ${document.absent}`)
      return null
    }
    files.push({ name, text: document.text })
    const expected = { ...circumstances, runNumber, knownRunIds: before.runIds }
    const reading = readRunDocument(document, expected)
    if (name !== 'latest.json') endsMs.push(document.writtenAtMs)
    if (reading.kind === 'run') return reading.run
    unusable.push(...reading.findings.map((finding) => `${name}: ${finding}`))
    return null
  }
  for (let number = 1; number <= count; number += 1) {
    const document = await readOne(output.runFile(number), `runs/run-${number}.json`, number)
    if (document !== null) runs.push(document)
  }
  const latest = await readOne(output.latest, 'latest.json', count)
  const consistent = unusable.length > 0 ? [] : checkSet(runs, latest, endsMs, count)
  return { runs, files, unusable: [...unusable, ...consistent] }
}

function checkSet(
  runs: readonly CanaryRun[],
  latest: CanaryRun | null,
  endsMs: readonly number[],
  count: number,
): string[] {
  if (count > 1) return checkProtocol(runs, latest, endsMs, count)
  return isDeepStrictEqual(latest, runs[0]) ? [] : ['latest.json is not run 1']
}
