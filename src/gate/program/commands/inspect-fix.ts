import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import type { Criterion } from '../../fix-substance/criterion.ts'
import type { FixReport, Standing } from '../../fix-substance/report.ts'
import { GateStop } from '../../verdict.ts'
import { type ExitCode, examples, exitCodes, printJson, type ProgramContext } from '../context.ts'
import { UsageError } from '../usage-error.ts'

interface InspectFixOptions {
  readonly repo: string
  readonly commit?: readonly string[]
  readonly commits?: string
  readonly base?: string
  readonly criterion?: string
  readonly runTests?: true
  readonly testCommand?: string
  readonly prepareCommand?: string
  readonly python?: string
  readonly timeout: string
  readonly json?: true
  readonly schema?: true
}

/** `canary-gate inspect-fix`: is a change really a fix of its blocker? (FR-002) */
export function inspectFixCommand(context: ProgramContext): Command {
  return new Command('inspect-fix')
    .description(
      'judge whether a change really fixes a blocker, by reading it and by running its tests',
    )
    .option('--repo <folder>', 'clone that has the change; it is only read', '.')
    .option('--commit <sha...>', 'the change; several make one change together')
    .option('--commits <file>', 'judge many changes: one commit a line, one JSON line each')
    .option(
      '--base <sha>',
      'tree to compare with (default: first parent, or merge base of several)',
    )
    .option('--criterion <issue|file>', '1141, 1182, or a criterion file')
    .option(
      '--run-tests',
      'run the changed tests with and without the fix; without it nothing is accepted',
    )
    .option(
      '--test-command <json>',
      'JSON array; {tests} and {report} are filled in (a JUnit file)',
    )
    .option('--prepare-command <json>', 'JSON array; run in every work tree before the tests')
    .option('--python <file>', 'interpreter with pytest and what the tests import')
    .option('--timeout <seconds>', 'for one run of the tests', '300')
    .option('--json', 'print the report as JSON')
    .option('--schema', 'print the JSON Schema of the report')
    .addHelpText('after', helpExamples)
    .action(async (options: InspectFixOptions) => {
      await inspect(options, context)
    })
}

const helpExamples = examples(
  'inspect-fix --repo ~/spec-kitty --commit 67b7b8562 --criterion 1182 --run-tests',
  'inspect-fix --repo ~/spec-kitty --commits shas.txt --criterion 1141 --json',
  `inspect-fix --commit HEAD --criterion queue.json --run-tests --test-command '["uv","run","pytest","--junitxml={report}","{tests}"]'`,
)

async function inspect(options: InspectFixOptions, context: ProgramContext): Promise<void> {
  if (options.schema) {
    const { fixReportSchema } = await import('../../fix-substance/report.ts')
    printJson(context, z.toJSONSchema(fixReportSchema))
    return
  }
  const { readCriterion } = await import('../../fix-substance/criterion.ts')
  const named = options.criterion ?? missing('--criterion')
  const criterion = await readCriterion(/^\d+$/.test(named) ? named : resolve(context.cwd, named))
  if (options.commits !== undefined) {
    await inspectMany(options, criterion, options.commits, context)
    return
  }
  const commits = options.commit ?? missing('--commit')
  const inspected = inspectOne(options, criterion, commits, context)
  if (!options.json) {
    const report = await inspected
    for (const line of linesOf(report)) context.out(line)
    context.finish(codeOf[report.standing])
    return
  }
  const report = await inspected.catch((error: unknown) => unreadable(commits, criterion, error))
  printJson(context, report)
  context.finish(codeOf[report.standing])
}

const codeOf: Readonly<Record<Standing, ExitCode>> = {
  accepted: exitCodes.ok,
  rejected: exitCodes.no,
  inconclusive: exitCodes.unknown,
  review: exitCodes.review,
}

function missing(option: string): never {
  throw new UsageError(`${option} is missing; see canary-gate inspect-fix --help`)
}

async function inspectOne(
  options: InspectFixOptions,
  criterion: Criterion,
  commits: readonly string[],
  context: ProgramContext,
): Promise<FixReport> {
  const { inspectFix } = await import('../../fix-substance/inspect.ts')
  const { defaultRunner } = await import('../../fix-substance/execution/default-runner.ts')
  const wishes = wishesOf(options)
  return inspectFix({
    repo: resolve(context.cwd, options.repo),
    commits,
    criterion,
    ...(options.base === undefined ? {} : { base: options.base }),
    runner: options.runTests
      ? (testFiles, change) => defaultRunner(wishes, testFiles, change)
      : null,
  })
}

function wishesOf({ timeout, testCommand, prepareCommand, python }: InspectFixOptions): {
  timeoutMs: number
  testCommand?: readonly string[]
  prepareCommand?: readonly string[]
  python?: string
} {
  const seconds = Number(timeout)
  if (!(seconds > 0)) throw new UsageError(`--timeout ${timeout}: write a number of seconds`)
  return {
    timeoutMs: seconds * 1000,
    ...(testCommand === undefined ? {} : { testCommand: words('--test-command', testCommand) }),
    ...(prepareCommand === undefined
      ? {}
      : { prepareCommand: words('--prepare-command', prepareCommand) }),
    ...(python === undefined ? {} : { python: resolve(python) }),
  }
}

function words(option: string, text: string): readonly string[] {
  const parsed = z.array(z.string()).min(1).safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  throw new UsageError(`${option}: write a JSON array of strings, e.g. ["uv","run","pytest"]`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** One JSON line per commit, in the order of the file; one that cannot be read is a line, too. */
async function inspectMany(
  options: InspectFixOptions,
  criterion: Criterion,
  file: string,
  context: ProgramContext,
): Promise<void> {
  const text = await readFile(resolve(context.cwd, file), 'utf8').catch(() => {
    throw new UsageError(`--commits ${file}: the file cannot be read`)
  })
  const names = text
    .split('\n')
    .map(
      (line) =>
        line
          .replace(/^\uFEFF|#.*$/g, '')
          .trim()
          .split(/\s/)[0] ?? '',
    )
    .filter((name) => name !== '')
  let worst: ExitCode = exitCodes.ok
  const judged = names.map(() => Promise.withResolvers<object>())
  const ahead = 2
  const start = async (at: number): Promise<void> => {
    const name = names[at]
    if (name === undefined) return
    const report = await inspectOne(options, criterion, [name], context).catch((error: unknown) =>
      unreadable([name], criterion, error),
    )
    worst = worse(worst, codeOf[report.standing])
    judged[at]?.resolve({ ...report, commit: name })
    await start(at + ahead)
  }
  const running = Promise.all(Array.from({ length: ahead }, (_, at) => start(at)))
  for (const { promise } of judged) context.out(JSON.stringify(await promise))
  await running
  context.finish(worst)
}

/** A commit that cannot be judged has a report, too; the others of a list are judged all the same. */
function unreadable(names: readonly string[], { issue }: Criterion, error: unknown): FixReport {
  if (error instanceof UsageError) throw error
  const [code, text] =
    error instanceof GateStop
      ? [error.report.code, `${error.report.what} (${error.report.where}); ${error.report.next}`]
      : ['unexpected', error instanceof Error ? error.message : String(error)]
  return {
    reportFormat: 'canary-gate/fix-substance/v1',
    commit: names.join(' '),
    commits: [...names],
    base: '',
    subject: '',
    criterion: issue,
    verdict: 'review',
    standing: 'inconclusive',
    reasons: [{ code, text, file: null, unit: null, lines: null }],
    files: [],
    units: [],
    changedTests: [],
    testOnlyNames: [],
    unread: [],
    execution: { outcome: 'not-run', detail: null, tests: [], broken: [] },
  }
}

/** What matters most to a caller stands highest: unknown, then review, then rejected. */
function worse(one: ExitCode, other: ExitCode): ExitCode {
  const order: readonly ExitCode[] = [
    exitCodes.ok,
    exitCodes.no,
    exitCodes.review,
    exitCodes.unknown,
  ]
  return order.indexOf(other) > order.indexOf(one) ? other : one
}

function linesOf(report: FixReport): string[] {
  const head = `${report.verdict.toUpperCase()} (${report.standing}): ${report.commit.slice(0, 12)} ${report.subject}`
  const reasons = report.reasons.map(({ text, file, unit, lines }) => {
    const at = lines === null ? '' : `:${lines[0]}-${lines[1]}`
    const where = file === null ? '' : `${file}${at} ${unit ?? ''} `
    return `  - ${where}${text}`
  })
  const ran = report.execution.tests.filter(({ failToPass }) => failToPass).length
  return [head, ...reasons, `  tests: ${report.execution.outcome}, ${ran} fail to pass`]
}
