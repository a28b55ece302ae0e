import { create } from 'xmlbuilder2'
import type { Evidence, RequirementResult } from './evidence.ts'

/** The result as JUnit XML: fail and blocked are failures, inconclusive an error, not-run skipped. */
export function renderJUnit(evidence: Evidence): string {
  const results = evidence.requirements
  const count = (...verdicts: RequirementResult['verdict'][]): number =>
    results.filter((result) => verdicts.includes(result.verdict)).length
  const suite = create({ version: '1.0', encoding: 'UTF-8' })
    .ele('testsuites', { name: 'canary-gate' })
    .ele('testsuite', {
      name: `canary-gate ${evidence.world}`,
      timestamp: evidence.startedAt,
      tests: results.length,
      failures: count('fail', 'blocked'),
      errors: count('inconclusive'),
      skipped: count('not-run'),
      time: seconds(Date.parse(evidence.finishedAt) - Date.parse(evidence.startedAt)),
    })
  suite.ele('properties').ele('property', { name: 'verdict', value: evidence.verdict })
  for (const result of results) {
    const attributes = { classname: result.id, name: result.text, time: seconds(result.durationMs) }
    const test = suite.ele('testcase', attributes)
    const detail = detailOf(result)
    if (detail) test.ele(detail.element, detail.attributes).txt(detail.text)
  }
  return `${suite.end({ prettyPrint: true })}\n`
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
      attributes: { message: `not run: ${result.stoppedBy ?? ''}` },
      text: '',
    }
  }
  const element = result.verdict === 'inconclusive' ? 'error' : 'failure'
  const attributes = { type: result.verdict, message: result.stop?.what ?? '' }
  return {
    element,
    attributes,
    text: `${result.stop?.where ?? ''}\nNext: ${result.stop?.next ?? ''}`,
  }
}

function seconds(milliseconds = 0): string {
  return (milliseconds / 1000).toFixed(3)
}
