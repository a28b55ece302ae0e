import { junitDocument, junitProperties } from '../../xml/junit.ts'
import {
  originLine,
  type ResultOrigin,
  type TracedRequirement,
  type TracedTest,
  type TraceReport,
} from '../report.ts'

/**
 * The report as JUnit XML: a suite per requirement, and one of the tests that name none. What the report
 * counts as a gap is a failure (a test that was not run is skipped), and each test carries the origin
 * of its result as properties. A test of two requirements is in both suites.
 */
export function toJUnit(report: TraceReport): string {
  const suites = [
    ...report.requirements.map(suiteOf),
    ...(report.testsWithoutRequirement.length === 0 ? [] : [straysOf(report)]),
  ]
  return junitDocument({
    '@name': `traceability: ${originLine(report)}`,
    ...countsOf(suites.flatMap(({ testcase }) => testcase)),
    testsuite: suites,
  })
}

interface TestCase {
  readonly failure?: object
  readonly skipped?: object
}

interface Suite {
  readonly testcase: readonly TestCase[]
}

function suiteOf({ id, text, status, tests }: TracedRequirement): Suite {
  const testcase =
    tests.length === 0 ? [withoutTest(id, status)] : tests.map((test) => caseOf(test, endOf(test)))
  return {
    '@name': id,
    ...countsOf(testcase),
    properties: junitProperties({ requirement: id, text, status }),
    testcase,
  } as Suite
}

function straysOf({ testsWithoutRequirement }: TraceReport): Suite {
  const testcase = testsWithoutRequirement.map((test) => {
    const { names, unknown } = test
    const why =
      unknown.length === 0
        ? 'it names no requirement'
        : `it names what no register has: ${unknown.join(', ')}`
    return caseOf(test, { failure: message('no-requirement', why) }, { names: names.join(' ') })
  })
  return { '@name': 'tests without a requirement', ...countsOf(testcase), testcase } as Suite
}

function withoutTest(id: string, status: TracedRequirement['status']): TestCase {
  const named = { '@classname': id, '@name': 'a test of the requirement' }
  return status === 'deferred'
    ? { ...named, skipped: message('deferred', 'its spec puts it off') }
    : { ...named, failure: message('no-test', `${id} has no test`) }
}

function caseOf(
  { file, title, status, from }: TracedTest,
  end: TestCase,
  more: Readonly<Record<string, string>> = {},
): TestCase {
  return {
    '@classname': file,
    '@name': title,
    properties: junitProperties({ status, ...more, ...originOf(from) }),
    ...end,
  } as TestCase
}

function endOf({ status }: TracedTest): TestCase {
  switch (status) {
    case 'passed':
      return {}
    case 'not-run':
      return { skipped: message('not-run', 'it was not run') }
    case 'failed':
      return { failure: message('failed', 'it failed') }
    case 'outdated':
      return { failure: message('outdated', 'it passed on an earlier text of its requirement') }
  }
}

/** Of each result, so that a report of several runs says so at each test. */
function originOf(from: ResultOrigin | null): Readonly<Record<string, string>> {
  if (from === null) return {}
  const { run, commit, candidate, at } = from
  return { run, at, ...(commit !== null && { commit }), ...(candidate !== null && { candidate }) }
}

function message(type: string, text: string): object {
  return { '@type': type, '@message': text }
}

function countsOf(cases: readonly TestCase[]): object {
  return {
    '@tests': cases.length,
    '@failures': cases.filter(({ failure }) => failure !== undefined).length,
    '@skipped': cases.filter(({ skipped }) => skipped !== undefined).length,
  }
}
