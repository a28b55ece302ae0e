import { junitDocument, junitProperties } from '../xml/junit.ts'
import type { Evidence, RequirementResult } from '../evidence/run-evidence.ts'

/** The result as JUnit XML: fail and blocked are failures, inconclusive an error, not-run skipped. */
export function renderJUnit(evidence: Evidence): string {
  const results = evidence.requirements
  const count = (...verdicts: RequirementResult['verdict'][]): number =>
    results.filter((result) => verdicts.includes(result.verdict)).length
  const suite = {
    '@name': `canary-gate ${evidence.world}`,
    '@timestamp': evidence.startedAt,
    '@tests': results.length,
    '@failures': count('fail', 'blocked'),
    '@errors': count('inconclusive'),
    '@skipped': count('not-run'),
    '@time': seconds(Date.parse(evidence.finishedAt) - Date.parse(evidence.startedAt)),
    properties: junitProperties({
      ...{ verdict: evidence.verdict, state: evidence.state, run: evidence.runId },
      ...candidateOf(evidence),
    }),
    testcase: results.map((result) => testCase(result, evidence)),
  }
  return junitDocument({ '@name': 'canary-gate', testsuite: suite })
}

/** A result that leaves this report still says whose it is: of a taken-over proof, the run that made it. */
function testCase(result: RequirementResult, evidence: Evidence): object {
  const detail = detailOf(result)
  const { id, verdict, startedAt, reusedFrom, waiver } = result
  return {
    '@classname': result.id,
    '@name': result.text,
    '@time': seconds(result.durationMs),
    properties: junitProperties({
      ...{ requirement: id, verdict, run: reusedFrom ?? evidence.runId },
      ...candidateOf(evidence),
      ...(startedAt !== undefined && { startedAt }),
      ...(waiver !== undefined && { waiver }),
    }),
    ...(detail && { [detail.element]: { ...detail.attributes, '#text': detail.text } }),
  }
}

function candidateOf({ candidate }: Evidence): Record<string, string> {
  return candidate === null ? {} : { candidate: candidate.tag, commit: candidate.commit }
}

interface Detail {
  readonly element: 'failure' | 'error' | 'skipped'
  readonly attributes: Record<string, string>
  readonly text: string
}

function detailOf(result: RequirementResult): Detail | undefined {
  if (result.verdict === 'pass') return undefined
  if (result.verdict === 'not-run') {
    return {
      element: 'skipped',
      attributes: { '@message': `not run: ${result.stoppedBy ?? ''}` },
      text: '',
    }
  }
  const element = result.verdict === 'inconclusive' ? 'error' : 'failure'
  const attributes = { '@type': result.verdict, '@message': result.stop?.what ?? '' }
  return {
    element,
    attributes,
    text: `${result.stop?.where ?? ''}\nNext: ${result.stop?.next ?? ''}`,
  }
}

/** A clock that was set back during the run makes no negative time: readers refuse it. */
function seconds(milliseconds = 0): string {
  return (Math.max(0, milliseconds) / 1000).toFixed(3)
}
