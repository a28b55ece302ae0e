import type { TestHistory } from '../execution/histories.ts'
import { criterionBehaviour, type Findings } from './findings.ts'
import { isTestModule } from '../changes/paths.ts'
import type { Reason } from './report.ts'
import { onlyInTests, type Ran } from './judge-only-in-tests.ts'
import type { TestReading } from '../reading/tests.ts'
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
export function judgeProof(findings: Findings): Judgement {
  const { proof, reading, tests } = findings
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
  if (failing !== null) return told(withoutTest(findings, failing), [...reasons, ...testOnly])
  const proven = proof.attributed.map((id) =>
    plain('fail-to-pass', `${id} fails without the criterion's change and passes with it`),
  )
  const doubts = doubtsAbout(proof, findings, proven)
  if (doubts !== null) return told(doubts, [...reasons, ...testOnly])
  return {
    verdict: 'substantive',
    standing: 'accepted',
    reasons: [...reasons, ...testOnly, ...proven],
  }
}

/** Something turned from red to green with the fix: is it the fix that users get? */
function doubtsAbout(proof: Ran, findings: Findings, proven: readonly Reason[]): Judgement | null {
  if (criterionBehaviour(findings.reading).every(({ kinds }) => !kinds.includes('behaviour')))
    return review([
      ...proven,
      plain('without-effect', 'what changes in the path has no effect that product code could see'),
    ])
  const doubts = onlyInTests(proof, findings)
  return doubts.length === 0 ? null : review(doubts)
}

function told(judgement: Judgement, before: readonly Reason[]): Judgement {
  return { ...judgement, reasons: [...before, ...judgement.reasons] }
}

function judgeExecution(proof: Ran, tests: readonly TestReading[]): Judgement | null {
  if (proof.broken.length > 0)
    return review(
      proof.broken.map(({ id }) =>
        plain(
          'pass-to-fail',
          `${id} passed before and does not pass with the fix: mend it, or say in the same change why it no longer holds`,
        ),
      ),
    )
  if (proof.failToPass.length === 0) return withoutFailToPass(proof, tests)
  if (proof.attributed.length > 0) return null
  if (proof.attributionProblem !== null)
    return inconclusive([plain('attribution', proof.attributionProblem)])
  if (proof.onOutput.length > 0)
    return rejected('no-discriminating-test', proof.onOutput.map(watchesOutput))
  return rejected(
    'no-discriminating-test',
    proof.failToPass.map(({ id }) =>
      plain(
        'not-attributed',
        `${id} fails before, but stays green when only the criterion's change is taken back: it guards another change, or only that something new is there`,
      ),
    ),
  )
}

function watchesOutput(id: string): Reason {
  return plain(
    'watches-output',
    `${id} fails at the same place when only the added output is taken out: it looks at what is printed, not at what is done`,
  )
}

/** Tests that the change leaves alone and that do not notice it are no tests of it. */
function withoutTest({ change }: Findings, failing: Judgement): Judgement {
  const isOwn = change.files.some(({ path, after }) => after !== null && isTestModule(path))
  if (isOwn || failing.verdict !== 'test-does-not-discriminate') return failing
  return rejected('no-test', [
    plain(
      'no-test',
      'no test was added or changed, and those that use what was changed beside them pass without the fix',
    ),
  ])
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
    'but only over captured output, source text, a missing name or timing, or in a test that was not changed'
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
