import type { Change } from '../changes/change.ts'
import { isForeignCode } from '../changes/paths.ts'
import type { Kind } from '../reading/compare.ts'
import type { UnitReading } from '../reading/units.ts'
import { about, type Judgement, plain, rejected, review } from './reasons.ts'

/** What is known before anything is run. */
export interface Known {
  readonly change: Change
  readonly units: readonly UnitReading[]
  /** Files that may concern the criterion although no function of it is in them. */
  readonly concerning: readonly string[]
  /** Whether something of the criterion may do something else now. */
  readonly isAsked: boolean
  readonly hasTests: boolean
}

/**
 * What reading alone can settle for certain: nothing but tests, documents, comments, layout or types;
 * nothing of the criterion; no test. Null: the tests decide. Total and pure.
 */
export function judgeByReading(known: Known): Judgement | null {
  return judgeKindOfCommit(known) ?? judgeKindOfChange(known) ?? judgeTests(known)
}

function judgeKindOfCommit({ change, concerning }: Known): Judgement | null {
  if (change.notAFix !== null)
    return rejected('not-a-fix-commit', [plain('not-a-fix', change.notAFix)])
  const roles = new Set(change.files.map(({ role }) => role))
  if (concerning.length > 0 || roles.has('product')) return null
  if (change.files.some(({ path }) => isForeignCode(path))) return null
  if (roles.has('test'))
    return rejected('tests-only', [plain('tests-only', 'it changes tests and no product code')])
  if (!roles.has('other'))
    return rejected('comment-or-doc-only', [plain('documents-only', 'it changes documents only')])
  return rejected('not-a-fix-commit', [plain('no-code', 'it changes no source code')])
}

/** What the change is, where nothing of the criterion does anything else. */
function judgeKindOfChange({ change, units, concerning, isAsked }: Known): Judgement | null {
  if (isAsked) return null
  if (concerning.length > 0)
    return review(
      concerning.map((file) => ({
        ...plain('not-read', `${file} names the path, or the path names it: have a person read it`),
        file,
      })),
    )
  const foreign = change.files.filter(({ path }) => isForeignCode(path))
  const acting = units.filter(({ kinds }) => kinds.includes('behaviour'))
  if (acting.length === 0 && foreign.length === 0) return byKind(units, change)
  return rejected('not-in-criterion', [
    ...acting.slice(0, 20).map((unit) => about('elsewhere', unit, whereText(unit))),
    ...foreign.map(({ path }) => ({
      ...plain('elsewhere', `${path} changes nothing that the criterion names`),
      file: path,
    })),
  ])
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

function judgeTests({ hasTests, units }: Known): Judgement | null {
  if (hasTests) return null
  return rejected('no-test', [
    ...behaviourOf(units),
    plain('no-test', 'no test was added or changed'),
  ])
}

/** The criterion's changed units, as reasons. */
export function behaviourOf(units: readonly UnitReading[]): Judgement['reasons'] {
  return units
    .filter(({ membership, kinds }) => membership === 'yes' && kinds.includes('behaviour'))
    .map((unit) => about('behaviour', unit, 'behaviour changes'))
}
