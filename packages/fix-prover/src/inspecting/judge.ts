import type { Change } from '../changes/change.ts'
import { criterionBehaviour, type Findings, onlyLooksAtLog } from './findings.ts'
import { judgeProof } from './judge-proof.ts'
import type { Kind } from '../reading/compare.ts'
import type { UnitReading } from '../reading/read.ts'
import type { Reason } from './report.ts'
import { withTestPlaces } from './test-places.ts'
import { about, behaviourText, type Judgement, plain, rejected, review } from './reasons.ts'

/**
 * The verdict on a change (GATE/FR-002). Total and pure. `substantive` needs an executed proof; what
 * reading alone can settle is a rejection, and everything else is for a person.
 */
export function judge(findings: Findings): Judgement {
  return (
    judgeKindOfCommit(findings) ??
    judgeKindOfChange(findings) ??
    judgeTests(findings) ??
    withTestPlaces(judgeProof(findings), findings)
  )
}

/** Whether reading leaves it open, so that running the tests can decide. */
export function isOpen(findings: Omit<Findings, 'proof'>): boolean {
  return (
    judge({ ...findings, proof: null }).verdict === 'review' &&
    criterionBehaviour(findings.reading).length > 0
  )
}

function judgeKindOfCommit({ change, reading }: Findings): Judgement | null {
  if (change.notAFix !== null)
    return rejected('not-a-fix-commit', [plain('not-a-fix', change.notAFix)])
  const roles = new Set(change.files.map(({ role }) => role))
  if (reading.foreign.length + reading.concerning.length > 0) return null
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
  const concerning = reading.concerning.map((file) => ({
    ...plain('not-read', notRead(file, reading)),
    file,
  }))
  if (concerning.length > 0) return review(concerning)
  const behaviour = reading.units.filter(({ kinds }) => kinds.some(isBehaviour))
  if (behaviour.length === 0)
    return inPath.length === 0 && reading.foreign.length > 0
      ? rejected('not-in-criterion', reading.foreign.map(outside))
      : byKind(reading.units, change)
  // Beside behaviour elsewhere, what was done in the path itself is still only diagnostics or tuning.
  const telling = inPath.filter(
    ({ kinds }) => kinds.includes('logging') || kinds.includes('timing'),
  )
  if (telling.length > 0) return byKind(telling, change)
  return rejected(
    'not-in-criterion',
    behaviour.slice(0, 20).map((unit) => about('elsewhere', unit, whereText(unit))),
  )
}

function notRead(file: string, { foreign }: Findings['reading']): string {
  return foreign.includes(file)
    ? `${file} is in a language that is not read here, and names the path: have a person read it`
    : `${file} is data that the path names: have a person see what changes with it, and run its tests`
}

function outside(file: string): Reason {
  return { ...plain('elsewhere', `${file} is not read here, but names nothing of the path`), file }
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
        ...plain(
          'log-only-test',
          `${test.name} looks only at captured output, at source text or at whether a name is there: assert what the queue or the result holds`,
        ),
        file: test.file,
        unit: test.name,
        lines: [test.lines[0], test.lines[1]] satisfies [number, number],
      })),
    ])
  return null
}
