import type { Change } from './change.ts'
import type { Proof } from './execution/proof.ts'
import type { Kind } from './reading/compare.ts'
import type { Reading, UnitReading } from './reading/read.ts'
import type { TestReading } from './reading/tests.ts'
import type { FixVerdict, Reason, Standing } from './report.ts'

/** Everything a judgement rests on. */
export interface Findings {
  readonly change: Change
  readonly reading: Reading
  readonly tests: readonly TestReading[]
  /** Test files that a runner can be given. */
  readonly testFiles: readonly string[]
  /** Null where the tests were not to be run, or reading had settled the matter. */
  readonly proof: Proof | null
}

export interface Judgement {
  readonly verdict: FixVerdict
  readonly standing: Standing
  readonly reasons: readonly Reason[]
}

/**
 * The verdict on a change (GATE/FR-002). Total and pure. `substantive` needs an executed proof; what
 * reading alone can settle is a rejection, and everything else is for a person.
 */
export function judge(findings: Findings): Judgement {
  return (
    judgeKindOfCommit(findings) ??
    judgeKindOfChange(findings) ??
    judgeTests(findings) ??
    judgeProof(findings)
  )
}

/** Whether reading leaves it open, so that running the tests can decide. */
export function isOpen(findings: Omit<Findings, 'proof'>): boolean {
  return (
    judge({ ...findings, proof: null }).verdict === 'review' &&
    criterionBehaviour(findings.reading).length > 0
  )
}

/** Units of the criterion whose behaviour changed. */
export function criterionBehaviour(reading: Reading): readonly UnitReading[] {
  return reading.units.filter(
    ({ membership, kinds }) =>
      membership === 'yes' && (kinds.includes('behaviour') || kinds.includes('ineffective')),
  )
}

function judgeKindOfCommit({ change, reading }: Findings): Judgement | null {
  if (change.notAFix !== null)
    return rejected('not-a-fix-commit', [plain('not-a-fix', change.notAFix)])
  const roles = new Set(change.files.map(({ role }) => role))
  if (reading.foreign.length > 0) return null
  if (roles.has('product')) return null
  if (roles.has('test'))
    return rejected('tests-only', [plain('tests-only', 'it changes tests and no product code')])
  if (!roles.has('other'))
    return rejected('comment-or-doc-only', [plain('documents-only', 'it changes documents only')])
  return rejected('not-a-fix-commit', [plain('no-code', 'it changes no source code')])
}

/** What the change is, where it is not behaviour of the criterion. */
function judgeKindOfChange(findings: Findings): Judgement | null {
  const { reading, change } = findings
  if (criterionBehaviour(reading).length > 0) return null
  const inPath = reading.units.filter(({ membership }) => membership === 'yes')
  const foreign = reading.foreign.map((file) => ({
    ...plain('not-read', `${file} is in a language that is not read here`),
    file,
  }))
  if (foreign.length > 0) return review(foreign)
  const behaviour = reading.units.filter(({ kinds }) => kinds.some(isBehaviour))
  if (behaviour.length === 0) return byKind(reading.units, change)
  // Beside behaviour elsewhere, what was done in the path itself is still only diagnostics or tuning.
  const telling = inPath.filter(
    ({ kinds }) => kinds.includes('logging') || kinds.includes('timing'),
  )
  if (telling.length > 0) return byKind(telling, change)
  return rejected(
    'not-in-queue-path',
    behaviour.slice(0, 20).map((unit) => about('elsewhere', unit, whereText(unit))),
  )
}

function isBehaviour(kind: Kind): boolean {
  return kind === 'behaviour' || kind === 'ineffective'
}

function whereText(unit: UnitReading): string {
  return unit.membership === 'elsewhere'
    ? 'behaviour changes in a function of the criterion, but not in what the criterion is about'
    : 'behaviour changes in a function that is not of the criterion'
}

/** The strongest kind among units without behaviour. */
function byKind(units: readonly UnitReading[], change: Change): Judgement {
  const having = (...kinds: Kind[]): UnitReading[] =>
    units.filter((unit) => unit.kinds.some((kind) => kinds.includes(kind)))
  const timing = having('timing')
  if (timing.length > 0)
    return rejected(
      'timeout-only',
      timing.map((unit) => about('timing', unit, 'only how long or how often is changed')),
    )
  const logging = having('logging')
  if (logging.length > 0)
    return rejected(
      'diagnostic-only',
      logging.map((unit) => about('logging', unit, 'only output is changed')),
    )
  const layout = having('typing', 'rename', 'move', 'import', 'format')
  if (layout.length > 0)
    return rejected(
      'typing-or-format-only',
      layout.map((unit) => about('layout', unit, `only ${unit.kinds.join(', ')} is changed`)),
    )
  const comments = having('comment')
  if (comments.length > 0)
    return rejected(
      'comment-or-doc-only',
      comments.map((unit) =>
        about('comment', unit, 'only comments or document strings are changed'),
      ),
    )
  const files = change.files.filter(({ role }) => role === 'product').map(({ path }) => path)
  return rejected('typing-or-format-only', [
    plain('layout', `only the layout of ${files.join(', ')} is changed`),
  ])
}

/** Whether the change has tests that could prove anything. */
function judgeTests(findings: Findings): Judgement | null {
  const { testFiles, tests, reading } = findings
  const behaviour = criterionBehaviour(reading).map((unit) =>
    about('behaviour', unit, behaviourText(unit)),
  )
  if (testFiles.length === 0)
    return rejected('no-test', [...behaviour, plain('no-test', 'no test was added or changed')])
  const changed = tests.filter(({ isChanged }) => isChanged)
  if (changed.length > 0 && changed.every(onlyLooksAtLog))
    return rejected('no-discriminating-test', [
      ...behaviour,
      ...changed.map((test) => ({
        ...plain('log-only-test', `${test.name} looks at captured output only`),
        file: test.file,
      })),
    ])
  return null
}

export function onlyLooksAtLog({ assertions }: TestReading): boolean {
  return assertions.length > 0 && assertions.every(({ onlyLog }) => onlyLog)
}

function behaviourText(unit: UnitReading): string {
  const suspicious = unit.suspicious.map((text) => `; without effect: ${text}`).join('')
  const isIneffective = !unit.kinds.includes('behaviour')
  return `${isIneffective ? 'only statements without effect are changed' : 'behaviour changes'}${suspicious}`
}

/** What running the tests showed. */
function judgeProof({ proof, reading, tests }: Findings): Judgement {
  const behaviour = criterionBehaviour(reading)
  const reasons = behaviour.map((unit) => about('behaviour', unit, behaviourText(unit)))
  const testOnly = reading.testOnly.map((name) =>
    plain('test-only-name', `only tests use ${name}, which the change adds to product code`),
  )
  if (proof === null)
    return review([
      ...reasons,
      ...testOnly,
      plain('not-executed', 'the tests were not run; run with --run-tests to decide'),
    ])
  if (proof.kind === 'inconclusive')
    return inconclusive([...reasons, ...testOnly, plain('not-executed', proof.what)])
  const failing = judgeExecution(proof, tests)
  if (failing !== null)
    return { ...failing, reasons: [...reasons, ...testOnly, ...failing.reasons] }
  const proven = proof.attributed.map((id) =>
    plain('fail-to-pass', `${id} fails without the criterion's change and passes with it`),
  )
  if (behaviour.every(({ kinds }) => !kinds.includes('behaviour')))
    return review([
      ...reasons,
      ...testOnly,
      ...proven,
      plain('without-effect', 'what changes in the path has no effect that product code could see'),
    ])
  return {
    verdict: 'substantive',
    standing: 'accepted',
    reasons: [...reasons, ...testOnly, ...proven],
  }
}

type Ran = Extract<Proof, { kind: 'ran' }>

function judgeExecution(proof: Ran, tests: readonly TestReading[]): Judgement | null {
  if (proof.broken.length > 0)
    return review(
      proof.broken.map(({ id }) =>
        plain('pass-to-fail', `${id} passed before and does not pass with the fix`),
      ),
    )
  if (proof.failToPass.length === 0) return withoutFailToPass(proof, tests)
  if (proof.attributed.length > 0) return null
  if (proof.attributionProblem !== null)
    return inconclusive([plain('attribution', proof.attributionProblem)])
  return rejected(
    'no-discriminating-test',
    proof.failToPass.map(({ id }) =>
      plain(
        'not-attributed',
        `${id} fails before, but stays green when only the criterion's change is taken back: it guards another change`,
      ),
    ),
  )
}

function withoutFailToPass(proof: Ran, tests: readonly TestReading[]): Judgement {
  const otherwise = proof.failedOtherwise
  if (otherwise.length > 0)
    return inconclusive(
      otherwise.map(({ id, before }) =>
        plain(
          'failed-otherwise',
          `${id} fails before only by ${before?.failure?.kind ?? 'not running'}: ${before?.failure?.message ?? 'it is not there'}`,
        ),
      ),
    )
  const logOnly = proof.histories.filter(
    ({ before, after }) => before?.outcome === 'failed' && after?.outcome === 'passed',
  )
  if (logOnly.length > 0)
    return rejected(
      'no-discriminating-test',
      logOnly.map(({ id }) =>
        plain(
          'log-only-test',
          `${id} fails before, but only over captured output or in an unchanged test`,
        ),
      ),
    )
  const passing = proof.histories.filter(({ after }) => after?.outcome === 'passed')
  if (passing.length === 0)
    return review([
      plain('no-passing-test', `none of the ${proof.histories.length} tests passes with the fix`),
    ])
  const names = new Set(tests.filter(({ isChanged }) => isChanged).map(({ name }) => name))
  const told = passing.filter(({ name }) => [...names].some((changed) => name.startsWith(changed)))
  return rejected(
    'test-does-not-discriminate',
    (told.length > 0 ? told : passing)
      .slice(0, 20)
      .map(({ id }) => plain('green-before', `${id} passes without the fix, too`)),
  )
}

function plain(code: string, text: string): Reason {
  return { code, text, file: null, unit: null, lines: null }
}

function about(code: string, unit: UnitReading, text: string): Reason {
  return { code, text, file: unit.file, unit: unit.name, lines: [unit.lines[0], unit.lines[1]] }
}

function rejected(verdict: FixVerdict, reasons: readonly Reason[]): Judgement {
  return { verdict, standing: 'rejected', reasons }
}

function review(reasons: readonly Reason[]): Judgement {
  return { verdict: 'review', standing: 'review', reasons }
}

function inconclusive(reasons: readonly Reason[]): Judgement {
  return { verdict: 'review', standing: 'inconclusive', reasons }
}
