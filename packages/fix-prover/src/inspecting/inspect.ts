import { readChange, type Change } from '../changes/change.ts'
import type { Criterion } from '../changes/criterion.ts'
import { assureCriterionIsThere } from '../changes/criterion-there.ts'
import type { TestHistory } from '../execution/histories.ts'
import { fitsTheRest } from '../execution/fit.ts'
import { neighboursOf, othersOf, testsOf } from '../execution/other-tests.ts'
import { type Proof, prove, type Reverted } from '../execution/proof.ts'
import { revertUnits } from '../execution/revert.ts'
import { withoutNewOutput } from '../execution/silence.ts'
import { criterionBehaviour, type Findings, onlyLooksAtLog } from './findings.ts'
import { judgeByExecution } from './by-execution.ts'
import { type ForeignUnit, foreignUnits } from './foreign-units.ts'
import { isOpen, judge } from './judge.ts'
import { linesOf, productHunks } from '../proving/hunks.ts'
import { productFiles } from '../proving/product-files.ts'
import { type Reading, readStatically, type UnitReading } from '../reading/read.ts'
import { isNamed, readTests } from '../reading/tests.ts'
import { type FixReport, fixReportSchema } from './report.ts'
import type { TestCase } from '../runners/case.ts'
import type { TestRunner } from '../runners/runner.ts'

export interface InspectOptions {
  /** Folder of a clone. It is only read. */
  readonly repo: string
  /** One commit, or several that make one fix together. */
  readonly commits: readonly string[]
  /** Tree to compare with; the first parent (of several commits the merge base) if absent. */
  readonly base?: string
  readonly criterion: Criterion
  /**
   * How to run the changed tests, asked for only if reading leaves the verdict open. Null: tests are
   * not run, and the verdict is `review` where they would have decided.
   */
  readonly runner: ((testFiles: readonly string[], change: Change) => Promise<TestRunner>) | null
  /** Folder for work trees; the system's folder for temporary files if absent. */
  readonly scratch?: string
}

/**
 * Judges whether a change really fixes a blocker (GATE/FR-002): reads it with a parser, and runs its
 * tests on the tree before, on the tree after, and on the tree after without the criterion's change.
 *
 * @throws inconclusive stop when the change cannot be read
 */
export async function inspectFix(options: InspectOptions): Promise<FixReport> {
  const change = await readChange(options.repo, options.commits, options.base)
  if (change.notAFix === null) await assureCriterionIsThere(change, options.criterion)
  const reading = await readStatically(change, options.criterion)
  const testFiles = await testsOf(change)
  const tests = readTests(change, await othersOf(change, testFiles))
  const known = { change, reading, tests, testFiles }
  const units = await foreignUnits(change, options.criterion)
  if (change.notAFix === null && units.length > 0 && criterionBehaviour(reading).length === 0) {
    const own = reportOf(options.criterion, { ...known, proof: null })
    const judged = await judgeByExecution({ ...options, change, units })
    return fixReportSchema.parse({ ...own, ...judged, units: units.map(reportUnit) })
  }
  const proof = options.runner !== null && isOpen(known) ? await execute(options, known) : null
  const report = reportOf(options.criterion, { ...known, proof })
  return proof !== null && report.standing === 'inconclusive'
    ? ((await provenByHunks(options, known)) ?? report)
    : report
}

/**
 * Units taken back one by one may fit nothing, where hunks of the same change do: a renamed field is
 * taken back in every place at once. Only an acceptance counts, and only where reading has no doubt:
 * no output or time of its own, no switch and no name that only tests use.
 */
async function provenByHunks(
  options: InspectOptions,
  known: Omit<Findings, 'proof'>,
): Promise<FixReport | null> {
  const { change, reading } = known
  const own = criterionBehaviour(reading)
  const isDoubted =
    reading.testOnly.length + reading.switches.length + reading.underTest.length > 0 ||
    reading.units.some(({ kinds }) => kinds.some((kind) => doubtful.includes(kind))) ||
    withoutNewOutput(reading.files).size > 0
  if (isDoubted) return null
  const files = await productFiles(change)
  const units = (await productHunks(change, files)).flatMap((hunk) => {
    const [first, last] = linesOf(hunk)
    const unit = own.find(
      ({ file, lines: [from, to] }) => file === hunk.file && first <= to && last >= from,
    )
    return unit === undefined ? [] : [{ hunk, name: unit.name }]
  })
  if (units.length === 0) return null
  const judged = await judgeByExecution({ ...options, change, units })
  const report = reportOf(options.criterion, { ...known, proof: null })
  return judged.standing === 'accepted' ? fixReportSchema.parse({ ...report, ...judged }) : null
}

const doubtful: readonly string[] = ['logging', 'timing', 'ineffective']

/** A hunk of the criterion in a language without a parser. */
function reportUnit({ hunk, name }: ForeignUnit): FixReport['units'][number] {
  const [first, last] = linesOf(hunk)
  return {
    ...{ file: hunk.file, name, lines: [first, last], change: 'changed' },
    ...{ kinds: ['behaviour'], criterion: 'yes', suspicious: [] },
  }
}

async function execute(options: InspectOptions, known: Omit<Findings, 'proof'>): Promise<Proof> {
  const { change, reading, testFiles } = known
  if (options.runner === null) return { kind: 'inconclusive', what: 'the tests were not run' }
  const runner = await options.runner(testFiles, change).catch((error: unknown) => String(error))
  if (typeof runner === 'string') return { kind: 'inconclusive', what: runner }
  const taken = new Set(takenBack(reading).map(({ file, name }) => `${file}\0${name}`))
  const units = reading.pairs
    .filter(({ path, name }) => taken.has(`${path}\0${name}`))
    .filter((pair) => !isNewAndNamed(pair, change))
  return prove({
    change,
    testFiles,
    neighbours: await neighboursOf(change, units),
    runner,
    reverted: revertsOf(reading, units),
    silenced: withoutNewOutput(reading.files),
    counts: (history, failed) => counts(known, history, failed),
    ...(options.scratch === undefined ? {} : { scratch: options.scratch }),
  })
}

/** What the criterion's change did, with the renames in its functions: old and new code call each other. */
function takenBack(reading: Reading): readonly UnitReading[] {
  const renamed = reading.units.filter(
    ({ membership, kinds }) => membership === 'yes' && kinds.includes('rename'),
  )
  return [...criterionBehaviour(reading), ...renamed]
}

/**
 * What the change adds and the tests name is left where it is: that it is missing says nothing of the
 * path. Only what was there before must turn them red again when it is taken back.
 */
function isNewAndNamed({ before, name }: Reading['pairs'][number], { files }: Change): boolean {
  const simple = name.split('.').at(-1) ?? name
  const mention = new RegExp(`(?<![\\w$])${simple.replaceAll('$', '\\$')}(?![\\w$])`)
  const isNamedIn = (text: string | null): boolean => text !== null && mention.test(text)
  return before === null && files.some(({ role, after }) => role === 'test' && isNamedIn(after))
}

/** All units at once, then each alone; what cannot be put together is left out. */
function revertsOf({ files, pairs }: Reading, units: Reading['pairs']): readonly Reverted[] {
  const alone = units.length > 1 ? units.slice(0, 8).map((unit) => [unit]) : []
  return [units, ...alone]
    .map((some) => ({ texts: revertUnits(files, some), fits: fitsTheRest(some, pairs) }))
    .filter(({ texts }) => texts.size > 0)
}

/** A failure counts if its test was changed and the assertion that failed is about what the product does. */
function counts(
  { tests, reading }: Pick<Findings, 'tests' | 'reading'>,
  history: TestHistory,
  failed: TestCase,
): boolean {
  const tunes = reading.units.some(({ kinds }) => kinds.includes('timing'))
  const named = tests.filter(({ name }) => isNamed(history, name))
  const read = named.length > 0 ? named : tests.filter(({ name }) => name === '')
  if (read.length === 0) return true
  return read.some((test) => {
    if (!test.isChanged || onlyLooksAtLog(test)) return false
    const line = failed.failure?.line ?? null
    const at = line === null ? undefined : test.assertions.findLast((one) => one.line <= line)
    return at === undefined || (!at.onlyLog && !(tunes && at.onTiming))
  })
}

function reportOf(criterion: Criterion, findings: Findings): FixReport {
  const { change, reading, tests, proof } = findings
  const { verdict, standing, reasons } = judge(findings)
  return fixReportSchema.parse({
    reportFormat: 'canary-gate/fix-substance/v1',
    commit: change.fix,
    commits: change.commits,
    base: change.base,
    subject: change.subject,
    criterion: criterion.issue,
    verdict,
    standing,
    reasons,
    files: change.files.map(({ path, role }) => ({ path, role })),
    units: reading.units.map(({ membership, ...unit }) => ({ ...unit, criterion: membership })),
    changedTests: tests
      .filter(({ isChanged }) => isChanged)
      .map((test) => ({
        file: test.file,
        name: test.name,
        assertions: test.assertions.length,
        onlyLog: onlyLooksAtLog(test),
      })),
    testOnlyNames: reading.testOnly,
    unread: reading.foreign,
    execution: executionOf(proof),
  })
}

function executionOf(proof: Proof | null): FixReport['execution'] {
  if (proof === null) return { outcome: 'not-run', detail: null, tests: [], broken: [] }
  if (proof.kind === 'inconclusive')
    return { outcome: 'inconclusive', detail: proof.what, tests: [], broken: [] }
  const turned = new Set(proof.failToPass.map(({ id }) => id))
  return {
    outcome: 'ran',
    detail: proof.attributionProblem,
    tests: proof.histories.map(({ id, before, after }) => ({
      id,
      before: before?.outcome ?? 'absent',
      beforeFailure: before?.failure?.kind ?? null,
      after: after?.outcome ?? 'absent',
      failToPass: turned.has(id),
      attributed: proof.attributed.includes(id),
    })),
    broken: proof.broken.map(({ id }) => id),
  }
}
