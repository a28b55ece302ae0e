import { appendFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import {
  annotationsOf,
  checkRunOf,
  type Evidence,
  isProvenOnly,
  isRunId,
  latestRun,
  renderSummary,
  requirementOfFile,
  workflowCommands,
} from '@canary-gate/gate-kernel'
import {
  type ExitCode,
  examples,
  exitCodes,
  printJson,
  type ProgramContext,
} from '../program/context.ts'
import { artifactsFolder, gateFolder, gateRoot } from '../program/place.ts'
import { evidenceOf, runsIn, unknownRun } from '../program/runs.ts'
import { UsageError } from '../program/usage-error.ts'

interface ReportOptions {
  readonly github?: true
  readonly checkRun?: string
  readonly json?: true
}

/** `canary-gate report`: what CI shows of a run. Its exit code is that of the verdict. */
export function reportCommand(context: ProgramContext): Command {
  return new Command('report')
    .description('print a run as Markdown, for the summary of a CI job')
    .argument('[run-id]', 'run to report, by default the newest one with a verdict')
    .option('--github', 'append to $GITHUB_STEP_SUMMARY and print annotations as workflow commands')
    .option('--check-run <commit>', 'print the body of a check run of that commit as JSON')
    .option('--json', 'print the evidence of the run as JSON')
    .addHelpText('after', examples('report', 'report --github', 'report --check-run $GITHUB_SHA'))
    .action(async (id: string | undefined, options: ReportOptions) => {
      context.finish(await report(id, options, context))
    })
}

async function report(
  id: string | undefined,
  options: ReportOptions,
  context: ProgramContext,
): Promise<ExitCode> {
  const evidence = await readEvidence(id, context)
  if (options.json) {
    printJson(context, evidence)
    return codeOf(evidence)
  }
  const fileOf = await filesByRequirement(gateRoot(context), gateFolder(context))
  const worth =
    evidence.verdict === 'release' ? 'Every requirement passed.' : 'Nothing is released.'
  if (options.checkRun !== undefined) {
    if (!/^[0-9a-f]{40}$/.test(options.checkRun))
      throw new UsageError(
        `--check-run ${options.checkRun} is not a full commit hash of 40 hex digits`,
      )
    printJson(context, checkRunOf(evidence, { commit: options.checkRun, worth, fileOf }))
    return codeOf(evidence)
  }
  const summary = renderSummary(evidence, worth)
  const file = context.environment['GITHUB_STEP_SUMMARY']
  if (options.github === true && file !== undefined && file !== '') await appendFile(file, summary)
  else context.out(summary)
  if (options.github === true)
    for (const command of workflowCommands(annotationsOf(evidence, fileOf))) context.out(command)
  return codeOf(evidence)
}

function codeOf({ verdict, stop }: Evidence): ExitCode {
  if (verdict === 'release' || isProvenOnly({ stop })) return exitCodes.ok
  if (verdict === 'waived') return exitCodes.waived
  return stop?.verdict === 'inconclusive' ? exitCodes.unknown : exitCodes.no
}

/** No evidence is an answer of its own: a gate that did not speak has not released. */
async function readEvidence(id: string | undefined, context: ProgramContext): Promise<Evidence> {
  const artifacts = artifactsFolder(context)
  const run = id ?? (await latestRun(artifacts))
  if (run === undefined || !isRunId(run))
    throw new UsageError(`no run in ${artifacts} has a verdict; run the gate first`)
  const evidence = await evidenceOf(run, artifacts)
  if (evidence === 'none' && (await runsIn(artifacts)).includes(run))
    throw new UsageError(`run ${run} in ${artifacts} left no evidence: it came to no verdict`)
  if (evidence === 'none') throw await unknownRun(run, artifacts, context)
  if (evidence !== 'unreadable') return evidence
  throw new UsageError(`the evidence of run ${run} in ${artifacts} cannot be read as evidence`)
}

/** Path of the test file of a requirement; the gate's table where there is none. */
async function filesByRequirement(root: string, folder: string): Promise<(id: string) => string> {
  const names = await readdir(join(root, folder)).catch(() => [])
  return (id) => {
    const name = names.find((one) => requirementOfFile([id], one) === id)
    return `${folder}/${name ?? 'gate.ts'}`
  }
}
