import { isDeepStrictEqual } from 'node:util'
import {
  countSuite,
  unexpectedSkips,
  unprovenFiles,
} from '../../../packages/phase4-gate/src/teamspace/counts.ts'
import { junitContradictions, logContradictions } from '../mutations/report.ts'
import type { Subject } from './subject.ts'

const files = ['test_a.py', 'test_b.py', 'test_c.py']
const passed = files.map((file, index) => {
  const of = `classname="tests.${file.replace('.py', '')}" name="test_${index}" time="1.000"`
  return `<testcase ${of}/>`
})
const suite = (tests: number, skipped: number, cases: string): string =>
  `<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" errors="0" failures="0" skipped="${skipped}" tests="${tests}" time="3.100" timestamp="2026-05-20T12:00:00Z">${cases}</testsuite></testsuites>`
const junit = suite(3, 0, passed.join(''))
const log =
  'collected 3 items\ntests/test_a.py::test_0 PASSED [ 33%]\ntests/test_b.py::test_1 PASSED [ 66%]\ntests/test_c.py::test_2 PASSED [100%]\n=== 3 passed in 3.10s ===\n'

/** With tests that may be skipped, or may fail, because somebody said so. */
const excused = ['test_3', 'test_4']
const junitOfExcused = suite(
  5,
  2,
  `<properties><property name="host" value="ci"/></properties>${passed.join('')}${[
    '<testcase classname="tests.test_c" name="test_3"><skipped type="pytest.skip" message="no network"/></testcase>',
    '<testcase classname="tests.test_c" name="test_4"><skipped type="pytest.xfail" message=""/><system-out>text</system-out></testcase>',
  ].join('')}`,
)
const logOfExcused =
  'collected 5 items\n=== 3 passed, 1 skipped, 1 xfailed, 2 warnings in 3.10s ===\n2 warnings\n'

interface Suite {
  readonly log: string
  readonly junit: Uint8Array | string | null
  readonly skips: readonly string[]
}

/** @param first what the first of four runs left, which the others have to repeat */
const judge = (first: Suite) => (printed: string, report: Uint8Array | string | null) => {
  const counts = countSuite(printed, report)
  const known = countSuite(first.log, first.junit)
  if (counts === null || counts.failed > 0 || counts.passed === 0 || counts.problems.length > 0)
    return null
  if (unprovenFiles(counts, files).length > 0) return null
  if (unexpectedSkips(counts, first.skips).length > 0) return null
  const isOnTime = counts.timestamp === known?.timestamp
  return isOnTime && isDeepStrictEqual(counts.cases, known.cases) ? counts : null
}

const judgeLog = (first: Suite) => (bytes: Uint8Array) =>
  judge(first)(Buffer.from(bytes).toString('utf8'), first.junit)
const judgeReport = (first: Suite) => (bytes: Uint8Array) => judge(first)(first.log, bytes)

/** The first of four runs has nothing to be compared with but itself. */
const judgeFirst = (printed: string, report: Uint8Array | string | null): unknown =>
  judge({ ...plain, log: printed, junit: report })(printed, report)
/** Of their many mutations only contradictions mean the same whatever another run has left. */
const onlyContradictions = { every: 1_000_000 }

const plain: Suite = { log, junit, skips: [] }
const withExcuses: Suite = { log: logOfExcused, junit: junitOfExcused, skips: excused }
const shared = { folder: 'teamspace', harmless: [] } as const

/** What the Teamspace suite leaves. */
export const suiteSubjects: readonly Subject[] = [
  {
    ...{ ...shared, name: 'teamspace.xml', form: 'text', faultless: junit },
    sibling: junit.replace('tests.test_a', 'tests.test_d'),
    judge: judgeReport(plain),
    contradictions: [...junitContradictions(junit)],
  },
  {
    ...{ ...shared, name: 'teamspace.xml, with skipped tests', form: 'text' },
    ...{ faultless: junitOfExcused, sibling: junit, judge: judgeReport(withExcuses) },
    contradictions: [...junitContradictions(junitOfExcused)],
  },
  {
    ...{ ...shared, name: 'teamspace.log', form: 'log', faultless: log },
    sibling: log.replace('3 passed', '2 passed, 1 failed'),
    judge: judgeLog(plain),
    contradictions: [...logContradictions(log)],
  },
  {
    ...{ ...shared, name: 'teamspace.log, without a report', form: 'log', faultless: log },
    sibling: log.replace('3 passed', '2 passed, 1 failed'),
    judge: judgeLog({ ...plain, junit: null }),
    contradictions: [...logContradictions(log)],
  },
  {
    ...{ ...shared, ...onlyContradictions, name: 'teamspace.xml, of the first run', form: 'text' },
    ...{ faultless: junit, sibling: junit, judge: (bytes) => judgeFirst(log, bytes) },
    contradictions: [...junitContradictions(junit)],
  },
  ...([null, junit] as const).map((report): Subject => ({
    ...{ ...shared, ...onlyContradictions, form: 'log', faultless: log, sibling: log },
    name: `teamspace.log, of the first run, ${report === null ? 'without' : 'with'} a report`,
    judge: (bytes) => judgeFirst(Buffer.from(bytes).toString('utf8'), report),
    contradictions: [...logContradictions(log)],
  })),
]
