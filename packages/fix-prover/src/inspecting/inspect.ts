import { type Change, readChange } from '../changes/change.ts'
import type { Criterion } from '../changes/criterion.ts'
import { assureCriterionIsThere } from '../changes/criterion-there.ts'
import { isTestModule } from '../changes/paths.ts'
import { neighboursOf, othersOf, testsOf } from '../execution/other-tests.ts'
import { changesOwnTests } from '../execution/test-part.ts'
import { type Hunk, linesOf, productHunks } from '../proving/hunks.ts'
import { productFiles } from '../proving/product-files.ts'
import { proveNarrowly } from '../proving/prove.ts'
import type { ProveReport, ProveTest } from '../proving/report.ts'
import { readTests, type TestReading } from '../reading/tests.ts'
import { readUnits, type UnitReading } from '../reading/units.ts'
import type { TestRunner } from '../runners/runner.ts'
import { judgeSeen, type Place } from './by-execution.ts'
import { behaviourOf, judgeByReading } from './by-reading.ts'
import { concerning } from './concerning.ts'
import { type CriterionHunk, hunksOfUnits } from './criterion-hunks.ts'
import { foreignUnits } from './foreign-units.ts'
import { doubtsAbout } from './look-closer.ts'
import { isOnlyOutput, withoutNewOutput, withOwnConsole } from './output.ts'
import { type Judgement, plain, review } from './reasons.ts'
import { type FixReport, fixReportSchema } from './report.ts'

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

/** What is known before anything is run. */
interface Known {
  readonly change: Change
  readonly units: readonly UnitReading[]
  readonly hunks: readonly Hunk[]
  readonly own: readonly CriterionHunk[]
  readonly tests: readonly TestReading[]
  readonly testFiles: readonly string[]
}

type Judged = Judgement & Partial<Pick<FixReport, 'execution' | 'testOnlyNames'>>

/**
 * Judges whether a change really fixes a blocker (GATE/FR-002): what its tests say, run as
 * `canary-gate prove` runs them, of what it changes in the functions of a criterion.
 *
 * @throws ProverProblem when the change cannot be read
 */
export async function inspectFix(options: InspectOptions): Promise<FixReport> {
  const change = await readChange(options.repo, options.commits, options.base)
  if (change.notAFix === null) await assureCriterionIsThere(change, options.criterion)
  const units = await readUnits(change, options.criterion)
  const hunks = await productHunks(change, await productFiles(change))
  const foreign = await foreignUnits(change, options.criterion)
  const own = [
    ...hunksOfUnits(hunks, units),
    ...foreign.map((unit) => ({ ...unit, mixedWith: [] })),
  ]
  const testFiles = await testsOf(change)
  const tests = readTests(change, await othersOf(change, testFiles))
  const settled = judgeByReading({
    change,
    units,
    concerning: await concerning(change, options.criterion),
    isAsked: foreign.length > 0 || behaviourOf(units).length > 0,
    hasTests: testFiles.length > 0 || change.files.some(changesOwnTests),
  })
  const known = { change, units, hunks, own, tests, testFiles }
  const judged = settled ?? (await judgeByRunning(options, known))
  return reportOf(options.criterion, known, judged)
}

const budgetMs = 30 * 60_000

async function judgeByRunning(options: InspectOptions, known: Known): Promise<Judged> {
  const { change, units, hunks, own, tests, testFiles } = known
  const { runner, scratch, criterion } = options
  if (runner === null) return review([...namesOf(known), notRun])
  const doubts = await doubtsAbout(change, hunks, own, tests)
  const ids = new Set(own.map(({ hunk }) => hunk.id))
  const named = units.filter(({ membership }) => membership === 'yes')
  const neighbours = await neighboursOf(change, [
    ...named.map(({ file, name }) => ({ path: file, name })),
    ...own.map(({ hunk, name }) => ({ path: hunk.file, name: name.split('.').at(-1) ?? name })),
  ])
  const isOutput = isOnlyOutput(change.files, own, criterion.diagnostics)
  const { report, narrowed } = await proveNarrowly({
    ...{ repo: change.repo, head: change.fix, base: change.base, runner, budgetMs, mutantsMs: 0 },
    ...(scratch === undefined ? {} : { scratch }),
    narrow: {
      about: ids,
      silenced: withoutNewOutput(change.files, hunks, criterion.diagnostics),
      hushed: isOutput ? withOwnConsole(await productFiles(change)) : new Map(),
      neighbours: [...new Set([...testFiles, ...neighbours])],
    },
  })
  const judgement = judgeSeen({
    ...{ report, narrowed, ids, doubts },
    isOutput,
    placeOf: (test) => placeOf(test, tests),
    hasOwnTest: change.files.some(
      (file) => (file.after !== null && isTestModule(file.path)) || changesOwnTests(file),
    ),
  })
  return {
    ...judgement,
    reasons: [...namesOf(known), ...judgement.reasons],
    testOnlyNames: [...doubts.testOnlyNames],
    execution: executionOf(report, ids, narrowed?.broken ?? []),
  }
}

function placeOf({ id, file }: ProveTest, tests: readonly TestReading[]): Place | null {
  const named = tests.filter(({ name }) => name !== '' && id.includes(name))
  const test = named.find((one) => one.file === file) ?? (file === null ? named[0] : undefined)
  if (test === undefined) return null
  return { file: test.file, unit: test.name, lines: [test.lines[0], test.lines[1]] }
}

const notRun = plain('not-executed', 'the tests were not run; run with --run-tests to decide')

/** What changes in the criterion, as reasons. */
function namesOf({ units, own }: Known): Judgement['reasons'] {
  const read = behaviourOf(units)
  const foreign = own.filter(({ hunk }) => !units.some(({ file }) => file === hunk.file))
  return [
    ...read,
    ...foreign.map(({ hunk, name }) => {
      const [first, last] = linesOf(hunk)
      const lines: [number, number] = [first, last]
      return { ...plain('behaviour', 'its lines change'), file: hunk.file, unit: name, lines }
    }),
  ]
}

function reportOf(criterion: Criterion, known: Known, judged: Judged): FixReport {
  const { change, units, own, tests } = known
  const { verdict, standing, reasons, execution, testOnlyNames = [] } = judged
  const foreign = own.filter(({ hunk }) => !units.some(({ file }) => file === hunk.file))
  return fixReportSchema.parse({
    reportFormat: 'canary-gate/fix-substance/v1',
    commit: change.fix,
    commits: change.commits,
    base: change.base,
    subject: change.subject,
    criterion: criterion.issue,
    verdict,
    standing,
    reasons: [...reasons],
    files: change.files.map(({ path, role }) => ({ path, role })),
    units: [...units.map(reportUnit), ...foreign.map(reportForeign)],
    changedTests: tests
      .filter(({ isChanged }) => isChanged)
      .map(({ file, name, assertions }) => ({ file, name, assertions, onlyLog: false })),
    testOnlyNames,
    unread: foreign.map(({ hunk }) => hunk.file),
    execution: execution ?? { outcome: 'not-run', detail: null, tests: [], broken: [] },
  })
}

function reportUnit(unit: UnitReading): FixReport['units'][number] {
  const { file, name, lines, change, kinds, membership } = unit
  return {
    ...{ file, name, change, kinds: [...kinds], criterion: membership, suspicious: [] },
    lines: [lines[0], lines[1]],
  }
}

/** A hunk of the criterion in a language without a parser. */
function reportForeign({ hunk, name }: CriterionHunk): FixReport['units'][number] {
  const [first, last] = linesOf(hunk)
  return {
    ...{ file: hunk.file, name, lines: [first, last], change: 'changed' },
    ...{ kinds: ['behaviour'], criterion: 'yes', suspicious: [] },
  }
}

function executionOf(
  { tests, verdict, reasons }: ProveReport,
  ids: ReadonlySet<number>,
  broken: readonly string[],
): FixReport['execution'] {
  const nothing = { detail: null, tests: [], broken: [] }
  if (tests.length === 0)
    return verdict === 'cannot tell'
      ? { ...nothing, outcome: 'inconclusive', detail: reasons.join('; ') }
      : { ...nothing, outcome: 'not-run' }
  return {
    outcome: 'ran',
    detail: null,
    broken: [...broken],
    tests: tests.map(({ id, result, without, with: now, caughtBy }) => ({
      id,
      before: without === null ? (result === 'skipped' ? 'skipped' : 'passed') : 'failed',
      beforeFailure: without?.kind ?? null,
      after: now === null ? (result === 'skipped' ? 'skipped' : 'passed') : 'failed',
      failToPass: result === 'catches',
      attributed: caughtBy.some((hunk) => ids.has(hunk)),
    })),
  }
}
