import { resolve } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import type { FixReport } from '@canary-gate/fix-prover'
import { busy } from '../program/busy.ts'
import { examples, printJson, type ProgramContext } from '../program/context.ts'
import { codeOf, inspectMany } from '../inspect-fix/many.ts'
import { inspectOne, type InspectFixOptions, unreadable } from '../inspect-fix/one.ts'
import { UsageError } from '../program/usage-error.ts'

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
    const { fixReportSchema } = await import('@canary-gate/fix-prover')
    printJson(context, z.toJSONSchema(fixReportSchema))
    return
  }
  const { readCriterion } = await import('@canary-gate/fix-prover')
  const named = options.criterion ?? missing('--criterion')
  const criterion = await readCriterion(/^\d+$/.test(named) ? named : resolve(context.cwd, named))
  if (options.commits !== undefined) {
    await inspectMany(options, criterion, options.commits, context)
    return
  }
  const commits = options.commit ?? missing('--commit')
  const inspected = busy(
    'reading the fix, and running its tests with it and without it',
    inspectOne(options, criterion, commits, context),
  )
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

function missing(option: string): never {
  throw new UsageError(`${option} is missing; see canary-gate inspect-fix --help`)
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
