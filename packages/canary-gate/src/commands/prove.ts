import { appendFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ProveReport, ProveVerdict } from '@canary-gate/fix-prover'
import { Command } from 'commander'
import { z } from 'zod'
import {
  examples,
  exitCodes,
  type ExitCode,
  printJson,
  type ProgramContext,
} from '../program/context.ts'
import { words } from '../inspect-fix/one.ts'
import { annotationsOf, sarifOf } from '../prove/annotations.ts'
import { busy } from '../program/busy.ts'
import { findRange, type RangeOptions } from '../prove/range.ts'
import { markdownOf, textOf } from '../prove/text.ts'
import { packageVersion } from '../program/place.ts'
import { didYouMean } from '../program/nearest.ts'
import { UsageError } from '../program/usage-error.ts'

interface ProveOptions extends RangeOptions {
  readonly repo: string
  readonly testCommand?: string
  readonly prepareCommand?: string
  readonly python?: string
  readonly timeout: string
  readonly budget: string
  readonly mutants: string
  readonly allow?: string
  readonly json?: true
  readonly schema?: true
  readonly annotations?: true
  readonly summary?: string
  readonly sarif?: string
}

/** `canary-gate prove`: does a test fail without this change? */
export function proveCommand(context: ProgramContext): Command {
  return new Command('prove')
    .description('tell whether a change has a test that fails without it, by running its tests')
    .argument('[range]', 'BASE..HEAD: what HEAD changed since it left BASE')
    .option('--repo <folder>', 'clone that has the change; it is only read', '.')
    .option('--commit <sha>', 'one commit, compared with its first parent')
    .option('--pull <number>', 'a pull request of the remote origin')
    .option(
      '--test-command <json>',
      'JSON array instead of the detected runners; {tests} and {report} are filled in (a JUnit file)',
    )
    .option('--prepare-command <json>', 'JSON array; run once in every work tree before the tests')
    .option('--python <file>', 'interpreter with pytest and what the tests import')
    .option('--timeout <seconds>', 'for one run of the tests', '300')
    .option('--budget <time>', 'for everything, e.g. 90s or 5m', '10m')
    .option('--mutants <time>', 'of the budget, for the mutants; 0 for none', '30s')
    .option('--allow <list>', 'exit 0 for these, too, e.g. nothing-to-prove,partly,waived')
    .option('--json', 'print the report as JSON')
    .option('--annotations', 'print workflow commands of GitHub Actions')
    .option('--summary <file>', 'append a Markdown summary to a file')
    .option('--sarif <file>', 'write SARIF to a file')
    .option('--schema', 'print the JSON Schema of the report')
    .addHelpText('after', helpText)
    .action(async (range: string | undefined, options: ProveOptions) => {
      await prove(range, options, context)
    })
}

const helpText = `${examples(
  'prove origin/main..HEAD',
  'prove --commit HEAD --json',
  'prove origin/main..HEAD --annotations --summary "$GITHUB_STEP_SUMMARY" --allow nothing-to-prove',
)}

Exit codes of the verdicts:
  0  proven            5  partly
  1  not proven        6  no test
  3  cannot tell       7  nothing to prove`

const codeOf: Readonly<Record<ProveVerdict, ExitCode>> = {
  proven: exitCodes.ok,
  'not proven': exitCodes.no,
  'cannot tell': exitCodes.unknown,
  partly: exitCodes.partly,
  'no test': exitCodes.noTest,
  'nothing to prove': exitCodes.nothingToProve,
}

async function prove(
  named: string | undefined,
  options: ProveOptions,
  context: ProgramContext,
): Promise<void> {
  const { detectRunner, proveChange, proveReportSchema } = await import('@canary-gate/fix-prover')
  if (options.schema) {
    printJson(context, z.toJSONSchema(proveReportSchema))
    return
  }
  const allowed = allowedBy(options.allow)
  const wishes = wishesOf(options, context)
  const timesMs = {
    budgetMs: timeOf('--budget', options.budget),
    mutantsMs: timeOf('--mutants', options.mutants),
  }
  await using range = await findRange(resolve(context.cwd, options.repo), named, options)
  const proving = proveChange({
    repo: range.repo,
    head: range.head,
    ...(range.base === undefined ? {} : { base: range.base }),
    ...timesMs,
    runner: (testFiles, change) => detectRunner(wishes, testFiles, change),
  })
  const report = await busy('running the tests with the change and without it', proving)
  await show(report, options, context)
  const isWaived =
    report.waiver !== null && allowed.has('waived') && report.verdict !== 'cannot tell'
  const isAllowed = isWaived || allowed.has(report.verdict.replaceAll(' ', '-'))
  context.finish(isAllowed ? exitCodes.ok : codeOf[report.verdict])
}

async function show(
  report: ProveReport,
  options: ProveOptions,
  context: ProgramContext,
): Promise<void> {
  if (options.json) printJson(context, report)
  else for (const line of textOf(report)) context.out(line)
  if (options.annotations) for (const line of annotationsOf(report)) context.out(line)
  if (options.summary !== undefined)
    await appendFile(resolve(context.cwd, options.summary), markdownOf(report))
  if (options.sarif !== undefined)
    await writeFile(
      resolve(context.cwd, options.sarif),
      `${JSON.stringify(sarifOf(report, packageVersion()), null, 2)}\n`,
    )
}

const allowable = ['partly', 'not-proven', 'no-test', 'nothing-to-prove', 'cannot-tell', 'waived']

function allowedBy(list = ''): ReadonlySet<string> {
  const names = list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const unknown = names.find((name) => !allowable.includes(name))
  if (unknown === undefined) return new Set(names)
  throw new UsageError(
    `--allow ${unknown}${didYouMean(unknown, allowable)}: write any of ${allowable.join(', ')}`,
  )
}

function wishesOf(
  { timeout, testCommand, prepareCommand, python }: ProveOptions,
  { cwd }: ProgramContext,
): {
  timeoutMs: number
  testCommand?: readonly string[]
  prepareCommand?: readonly string[]
  python?: string
} {
  return {
    timeoutMs: timeOf('--timeout', timeout),
    ...(testCommand === undefined ? {} : { testCommand: words('--test-command', testCommand) }),
    ...(prepareCommand === undefined
      ? {}
      : { prepareCommand: words('--prepare-command', prepareCommand) }),
    ...(python === undefined ? {} : { python: resolve(cwd, python) }),
  }
}

const unitMs = { s: 1000, m: 60_000, h: 3_600_000 } as const

/** `90`, `90s`, `5m` in milliseconds. */
function timeOf(option: string, text: string): number {
  const { number, unit = 's' } =
    /^(?<number>\d+(?:\.\d+)?)(?<unit>[smh])?$/.exec(text)?.groups ?? {}
  if (number !== undefined && (Number(number) > 0 || option === '--mutants'))
    return Number(number) * unitMs[unit as keyof typeof unitMs]
  throw new UsageError(`${option} ${text}: write a time, e.g. 90s or 5m`)
}
