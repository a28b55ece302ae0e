import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { execa } from 'execa'
import {
  type Evidence,
  isProvenOnly,
  isRunId,
  latestRun,
  makeRunId,
  notificationWithoutVerdict,
  notify,
  readRecord,
  settingsForOptions,
  TYPED_AS,
  wasNotified,
} from '@canary-gate/gate-kernel'
import {
  type ExitCode,
  examples,
  exitCodes,
  printJson,
  type ProgramContext,
} from '../program/context.ts'
import {
  artifactsFolder,
  gateRoot,
  loadGate,
  typedFormHere,
  vitestProgram,
} from '../program/place.ts'
import { printProblem } from '../program/errors.ts'
import { evidenceOf, runsIn, unknownRun } from '../program/runs.ts'
import { UsageError } from '../program/usage-error.ts'

interface RunOptions {
  readonly config?: string
  readonly dryRun?: true
  /** Id of a stopped run, or true for the newest one. */
  readonly resume?: string | true
  readonly json?: true
}

/** `canary-gate run`: the gate exactly as it is pinned, in the rehearsal or in a configured world. */
export function runCommand(context: ProgramContext): Command {
  return new Command('run')
    .description('run the whole gate; without a configuration, in the rehearsal world')
    .argument('[gate]', 'its folder, where there are several')
    .option('--config <file>', 'world to run in (.json or .toml), see docs/getting-started.md')
    .option('--dry-run', 'prove everything, write nothing to GitHub, release nothing')
    .option(
      '--resume [run-id]',
      'resume a stopped run, by default the newest one: re-use what is expensive and still holds',
    )
    .option(
      '--json',
      'print evidence.json on standard output; everything else goes to standard error',
    )
    .addHelpText(
      'after',
      examples(
        'run',
        'run release',
        'run --config live.toml',
        'run --config live.toml --dry-run',
        'run --config live.toml --resume',
      ),
    )
    .action(async (gate: string | undefined, options: RunOptions) => {
      if (gate !== undefined) context.gate = gate
      context.finish(await run(options, context))
    })
}

async function run(options: RunOptions, context: ProgramContext): Promise<ExitCode> {
  try {
    return await start(options, context)
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    await tell(options, context, 'not-started', what)
    throw error
  }
}

/** Whoever waits for a run is told that it came to no verdict, unless the run itself could say so. */
async function tell(
  { config }: RunOptions,
  context: ProgramContext,
  end: 'not-started' | 'no-verdict',
  what: string,
  folder?: string,
): Promise<void> {
  if (config === undefined) return
  const gate = await loadGate(context)
  const notifier = await gate.notifierIn(resolve(context.cwd, config))
  if (notifier === undefined) return
  const told = notificationWithoutVerdict(gate.title, end, what, new Date(), folder)
  context.err(notify(notifier, told, { artifacts: artifactsFolder(context), cwd: gate.root }).text)
}

async function start(options: RunOptions, context: ProgramContext): Promise<ExitCode> {
  const [steering] = settingsForOptions(context.environment)
  if (steering !== undefined) throw new UsageError(steering)
  const config = options.config === undefined ? undefined : resolve(context.cwd, options.config)
  if (config !== undefined) await (await loadGate(context)).loadWorld(config)
  const artifacts = artifactsFolder(context)
  const resumes = await stoppedRun(options, artifacts, context)
  const id = makeRunId(new Date(), randomBytes(2).toString('hex'))
  const exitCode = await startVitest(options, context, {
    CANARY_GATE_ARTIFACTS: artifacts,
    CANARY_GATE_RUN_ID: id,
    [TYPED_AS]: typedFormHere(context),
    ...(config !== undefined && { CANARY_GATE_CONFIG: config }),
    ...(options.dryRun && { CANARY_GATE_DRY_RUN: '1' }),
    ...(resumes !== undefined && { CANARY_GATE_RESUME: resumes }),
  })
  const evidence = await evidenceOf(id, artifacts)
  if (evidence === 'none' || evidence === 'unreadable') {
    const left = evidence === 'none' ? 'no evidence' : 'evidence that cannot be read'
    const what = `the run ended with code ${exitCode} and left ${left}`
    context.err(`canary-gate: ${what}: not released`)
    if (options.json) printProblem(context, exitCodes.unknown, { code: 'no-evidence', what })
    if (!wasNotified(artifacts, id))
      await tell(options, context, 'no-verdict', what, join(artifacts, id))
    return exitCodes.unknown
  }
  if (options.json) printJson(context, evidence)
  return verdictCode(evidence, exitCode)
}

/** The run to resume, after a check whether anything of it can be re-used. */
async function stoppedRun(
  { config, resume }: RunOptions,
  artifacts: string,
  context: ProgramContext,
): Promise<string | undefined> {
  if (resume === undefined) return undefined
  if (config === undefined) {
    throw new UsageError(
      'nothing of a rehearsal can be resumed: each starts a world of its own; ' +
        'name the configuration of the stopped run with --config, or leave --resume out',
    )
  }
  const id = resume === true ? await latestRun(artifacts) : resume
  if (id === undefined || !isRunId(id)) {
    throw new UsageError(`no run in ${artifacts} has a verdict; start one without --resume`)
  }
  if (!(await runsIn(artifacts)).includes(id)) throw await unknownRun(id, artifacts, context)
  const found = await readRecord(join(artifacts, id))
  if (found.kind === 'record') return id
  throw new UsageError(
    `run ${id} in ${artifacts} cannot be resumed: ${found.why}; start a whole run without --resume`,
  )
}

/** Only a release, or a complete dry run, is success; a wrong exit code of Vitest never is. */
function verdictCode(evidence: Evidence, exitCode: number): ExitCode {
  if (evidence.verdict === 'release') return exitCode === 0 ? exitCodes.ok : exitCodes.no
  if (evidence.verdict === 'waived') return exitCodes.waived
  if (isProvenOnly(evidence)) return exitCodes.ok
  return evidence.stop?.verdict === 'inconclusive' ? exitCodes.unknown : exitCodes.no
}

async function startVitest(
  options: RunOptions,
  context: ProgramContext,
  variables: Readonly<Record<string, string>>,
): Promise<number> {
  const { folder } = await loadGate(context)
  const result = await execa(process.execPath, [vitestProgram(), 'run', folder], {
    cwd: gateRoot(context),
    env: { ...withoutWeakenings(context.environment), ...variables },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    stdout: options.json ? ['pipe', process.stderr] : 'inherit',
    stderr: 'inherit',
    buffer: false,
  })
  return result.exitCode ?? 1
}

/** The environment without variables by which Vitest, or an earlier run, could weaken this one. */
function withoutWeakenings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = /^(VITEST$|VITEST_|CANARY_GATE_)/
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !foreign.test(name)))
}
