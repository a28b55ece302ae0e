import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Command, Option } from 'commander'
import {
  collectTests,
  latestRun,
  readResults,
  resultsBeside,
  toCsv,
  toHtml,
  toJUnit,
  toLobster,
  toOpenFastTrace,
  toStrictDoc,
  type TracedRequirement,
  originLine,
  type TraceReport,
  traceReport,
  type Register,
  registerOf,
} from '@canary-gate/gate-kernel'
import { examples, exitCodes, printJson, type ProgramContext } from '../program/context.ts'
import { traceCandidate } from './trace-candidate.ts'
import {
  artifactsFolder,
  gateFoldersIn,
  gateRoot,
  isCheckout,
  loadGate,
  loadGates,
  loadRegister,
} from '../program/place.ts'
import { didYouMean } from '../program/nearest.ts'
import { UsageError } from '../program/usage-error.ts'

interface TraceOptions {
  readonly spec?: readonly string[]
  readonly tests?: true
  readonly json?: true
  readonly format?: TraceFormat
  readonly out?: string
  readonly candidate?: string
}

const formats = ['html', 'csv', 'junit', 'openfasttrace', 'lobster', 'strictdoc'] as const
type TraceFormat = (typeof formats)[number]

/** `canary-gate trace`: every requirement, its tests, their last results, in both directions. */
export function traceCommand(context: ProgramContext): Command {
  return new Command('trace')
    .description('trace requirements to tests and back, with the last result of each test')
    .option('--spec <name...>', 'only these specs; if left out, all whose tests are here')
    .option('--tests', 'list the tests of each requirement')
    .option('--json', 'print the report as JSON')
    .addOption(new Option('--format <name>', 'write files for other tools').choices(formats))
    .option('--out <folder>', 'folder for the files of --format', 'traceability')
    .addOption(
      new Option(
        '--candidate <tag>',
        'the verdict of each requirement for that candidate',
      ).conflicts(['spec', 'tests', 'format', 'out']),
    )
    .addHelpText(
      'after',
      examples(
        'trace',
        'trace --candidate v3.2.0rc16',
        'trace --spec GATE --tests',
        'trace --spec SYNC --json',
        'trace --format openfasttrace --out build/trace',
      ),
    )
    .action(async (options: TraceOptions) => {
      const { candidate, json = false } = options
      if (candidate === undefined) await trace(options, context)
      else context.finish(await traceCandidate(candidate, json, context))
    })
}

async function trace(options: TraceOptions, context: ProgramContext): Promise<void> {
  const root = gateRoot(context)
  const results = isCheckout(root)
    ? await readResults(root)
    : await readResults(root, resultsBeside(artifactsFolder(context)))
  const register = await registerHere(context)
  const known = options.spec === undefined ? await wantedHere(context, register) : register
  const specs = options.spec ?? specNamesOf(known)
  refuseUnknown(specs, specNamesOf(register))
  const wanted = known.filter(({ id }) => specs.some((name) => id.startsWith(`${name}/`)))
  const written = await collectTests(root, [...gateFoldersIn(root), 'specs'], register)
  const report = traceReport(written, results, wanted, register)
  if (!isCheckout(root) && options.spec === undefined)
    context.err(
      `only ${specs.join(', ')} is traced: the tests of other specs are not in the package`,
    )
  if (options.format !== undefined) {
    const folder = resolve(context.cwd, options.out ?? 'traceability')
    const files = filesOf(options.format, report)
    await mkdir(folder, { recursive: true })
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    for (const name of Object.keys(files)) context.out(join(folder, name))
  } else if (options.json) {
    printJson(context, { evidence: await newestEvidence(artifactsFolder(context)), ...report })
  } else {
    for (const line of textOf(report, options.tests === true)) context.out(line)
  }
  context.finish(report.gaps.length === 0 ? exitCodes.ok : exitCodes.no)
}

/** Where the results are from is said first. */
function textOf(report: TraceReport, withTests: boolean): string[] {
  const { requirements, gaps } = report
  const traced = `${requirements.length} requirements`
  return [
    originLine(report),
    ...requirements.flatMap((requirement) => linesOf(requirement, withTests)),
    gaps.length === 0 ? `no gaps in ${traced}` : `${gaps.length} gaps in ${traced}:`,
    ...gaps.map((gap) => `  - ${gap}`),
  ]
}

function filesOf(format: TraceFormat, report: TraceReport): Readonly<Record<string, string>> {
  switch (format) {
    case 'html':
      return { 'traceability.html': toHtml(report) }
    case 'csv':
      return { 'traceability.csv': toCsv(report) }
    case 'junit':
      return { 'traceability.junit.xml': toJUnit(report) }
    case 'openfasttrace':
      return { 'traceability.xml': toOpenFastTrace(report) }
    case 'lobster':
      return toLobster(report)
    case 'strictdoc':
      return toStrictDoc(report)
  }
}

/** What tests may name: the requirements of every gate and, in a checkout, those of its other specs. */
async function registerHere(context: ProgramContext): Promise<Register> {
  const all = [...(await loadGates(context)).flatMap(registerOf), ...(await loadRegister(context))]
  return [...new Map(all.map((one) => [one.id, one])).values()]
}

/** Without a name: those of the gate that is meant, and of the other specs; another gate has its own report. */
async function wantedHere(context: ProgramContext, register: Register): Promise<Register> {
  const { order } = await loadGate(context)
  const others = (await loadGates(context)).flatMap((gate) => gate.order)
  return register.filter(({ id }) => order.includes(id) || !others.includes(id))
}

function specNamesOf(register: Register): readonly string[] {
  return [...new Set(register.map(({ id }) => id.slice(0, id.indexOf('/'))))]
}

function refuseUnknown(specs: readonly string[], known: readonly string[]): void {
  const unknown = specs.find((name) => !known.includes(name))
  if (unknown === undefined) return
  const near = didYouMean(unknown, known)
  throw new UsageError(
    `--spec ${unknown} is not a spec here${near}; there are: ${known.join(', ')}`,
  )
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
