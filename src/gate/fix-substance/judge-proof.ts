import type { Proof, TestHistory } from './execution/proof.ts'
import { criterionBehaviour, type Findings } from './findings.ts'
import type { Reason } from './report.ts'
import { isNamed, restsOn, type TestReading } from './reading/tests.ts'
import {
  about,
  behaviourText,
  inconclusive,
  type Judgement,
  plain,
  rejected,
  review,
} from './reasons.ts'

/** What running the tests showed. */
export function judgeProof({ proof, reading, tests }: Findings): Judgement {
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
  if (proof.attributed.every((id) => restsOnTestOnly(id, proof, { reading, tests })))
    return review([
      ...reasons,
      ...testOnly,
      plain('test-only', 'what the tests assert can be seen through names for tests alone'),
    ])
  return {
    verdict: 'substantive',
    standing: 'accepted',
    reasons: [...reasons, ...testOnly, ...proven],
  }
}

/** Whether the assertion that failed looks at something that the change made for tests alone. */
function restsOnTestOnly(
  id: string,
  proof: Ran,
  known: Pick<Findings, 'reading' | 'tests'>,
): boolean {
  const history = proof.histories.find((one) => one.id === id)
  const names = new Set(known.reading.testOnly)
  const named = known.tests.filter(({ name }) => history !== undefined && isNamed(history, name))
  const line = history?.before?.failure?.line ?? null
  return names.size > 0 && named.length > 0 && named.every((test) => restsOn(test, line, names))
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

/** No test turned from red to green by an assertion that counts: why not? */
function withoutFailToPass(proof: Ran, tests: readonly TestReading[]): Judgement {
  if (proof.failedOtherwise.length > 0) return inconclusive(proof.failedOtherwise.map(otherwise))
  const turned = proof.histories.filter(
    ({ before, after }) => before?.outcome === 'failed' && after?.outcome === 'passed',
  )
  if (turned.length > 0) return rejected('no-discriminating-test', turned.map(notCounted))
  const passing = proof.histories.filter(({ after }) => after?.outcome === 'passed')
  if (passing.length === 0) return withoutPass(proof)
  const names = tests.filter(({ isChanged }) => isChanged).map(({ name }) => name)
  const changed = passing.filter(({ name }) => names.some((other) => name.startsWith(other)))
  return rejected(
    'test-does-not-discriminate',
    (changed.length > 0 ? changed : passing)
      .slice(0, 20)
      .map(({ id }) => plain('green-before', `${id} passes without the fix, too`)),
  )
}

function otherwise({ id, before }: TestHistory): Reason {
  const why = before?.failure ?? { kind: 'not running', message: 'it is not there' }
  return plain('failed-otherwise', `${id} fails before only by ${why.kind}: ${why.message}`)
}

function notCounted({ id }: TestHistory): Reason {
  const why =
    'but only over captured output, source text or timing, or in a test that was not changed'
  return plain('not-counted', `${id} fails before, ${why}`)
}

function withoutPass(proof: Ran): Judgement {
  const count = proof.histories.length
  const unloadable = proof.histories.filter(({ after }) => after?.failure?.kind === 'load')
  if (unloadable.length > 0)
    return inconclusive(
      unloadable.map(({ id, after }) =>
        plain(
          'not-loadable',
          `${id} cannot be loaded with the fix: ${after?.failure?.message ?? ''}`,
        ),
      ),
    )
  if (proof.histories.some(({ after }) => after?.outcome === 'failed'))
    return review([plain('no-passing-test', `none of the ${count} tests passes with the fix`)])
  const text = 'every test is skipped: a skipped test proves nothing'
  return rejected('no-discriminating-test', [plain('skipped', text)])
}
