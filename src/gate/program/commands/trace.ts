import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import type { SpecName } from '../../register.ts'
import { latestRun } from '../../run/begin.ts'
import { collectTests } from '../../trace/collect.ts'
import { type TracedRequirement, traceReport } from '../../trace/report.ts'
import { readResults, resultsBeside } from '../../trace/results.ts'
import { examples, exitCodes, printJson, type ProgramContext } from '../context.ts'
import { artifactsFolder, gateRoot, isCheckout } from '../place.ts'

interface TraceOptions {
  readonly spec?: readonly SpecName[]
  readonly tests?: true
  readonly json?: true
}

const specNames: readonly SpecName[] = ['GATE', 'BOUNDARY', 'SYNC']

/** `canary-gate trace`: every requirement, its tests, their last results, in both directions. */
export function traceCommand(context: ProgramContext): Command {
  return new Command('trace')
    .description('trace requirements to tests and back, with the last result of each test')
    .addOption(
      new Option(
        '--spec <name...>',
        'only these specs; if left out, all whose tests are here',
      ).choices(specNames),
    )
    .option('--tests', 'list the tests of each requirement')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      examples('trace', 'trace --spec GATE --tests', 'trace --spec SYNC --json'),
    )
    .action(async (options: TraceOptions) => {
      await trace(options, context)
    })
}

async function trace(options: TraceOptions, context: ProgramContext): Promise<void> {
  const root = gateRoot()
  const results = isCheckout()
    ? await readResults(root)
    : await readResults(root, resultsBeside(artifactsFolder(context)))
  const report = traceReport(await collectTests(root), results, options.spec ?? specsHere())
  if (!isCheckout() && options.spec === undefined)
    context.err('only GATE is traced: the tests of BOUNDARY and SYNC are not in the package')
  if (options.json) {
    printJson(context, { evidence: await newestEvidence(artifactsFolder(context)), ...report })
  } else {
    for (const requirement of report.requirements) {
      for (const line of linesOf(requirement, options.tests === true)) context.out(line)
    }
    const traced = `${report.requirements.length} requirements`
    if (report.gaps.length === 0) context.out(`no gaps in ${traced}`)
    else context.out(`${report.gaps.length} gaps in ${traced}:`)
    for (const gap of report.gaps) context.out(`  - ${gap}`)
  }
  context.finish(report.gaps.length === 0 ? exitCodes.ok : exitCodes.no)
}

/** A package has the gate's tests only; a checkout has all of them. */
function specsHere(): readonly SpecName[] {
  return isCheckout() ? specNames : ['GATE']
}

function linesOf(requirement: TracedRequirement, withTests: boolean): string[] {
  const { id, status, tests } = requirement
  const count = `${tests.length} ${tests.length === 1 ? 'test ' : 'tests'}`
  const line = `${id.padEnd(17)} ${status.padEnd(8)} ${count.padStart(9)}  ${requirement.text}`
  if (!withTests) return [line]
  return [line, ...tests.map((test) => `    ${test.status.padEnd(8)} ${test.file}: ${test.title}`)]
}

/** The newest run's evidence by digest, so that the report says which results it belongs to. */
async function newestEvidence(artifacts: string): Promise<{ run: string; sha256: string } | null> {
  const run = await latestRun(artifacts)
  if (run === undefined) return null
  const bytes = await readFile(join(artifacts, run, 'evidence.json')).catch(() => undefined)
  if (bytes === undefined) return null
  return { run, sha256: createHash('sha256').update(bytes).digest('hex') }
}
