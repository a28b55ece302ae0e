import { isDeepStrictEqual } from 'node:util'
import {
  countSuite,
  unexpectedSkips,
  unprovenFiles,
} from '../../../packages/phase4-gate/src/teamspace/counts.ts'
import { junitContradictions, logContradictions } from '../mutations/report.ts'
import type { Subject } from './subject.ts'

const files = ['test_a.py', 'test_b.py', 'test_c.py']
const junit = `<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" errors="0" failures="0" skipped="0" tests="3" time="3.100" timestamp="2026-05-20T12:00:00Z">${files
  .map(
    (file, index) =>
      `<testcase classname="tests.${file.replace('.py', '')}" name="test_${index}" time="1.000"/>`,
  )
  .join('')}</testsuite></testsuites>`
const log =
  'collected 3 items\ntests/test_a.py::test_0 PASSED [ 33%]\ntests/test_b.py::test_1 PASSED [ 66%]\ntests/test_c.py::test_2 PASSED [100%]\n=== 3 passed in 3.10s ===\n'
const firstSuite = countSuite(log, junit)

function judgeSuite(printed: string, report: Uint8Array): unknown {
  const counts = countSuite(printed, report)
  if (counts === null || counts.failed > 0 || counts.passed === 0 || counts.problems.length > 0)
    return null
  if (unprovenFiles(counts, files).length > 0 || unexpectedSkips(counts, []).length > 0) return null
  const isOnTime = counts.timestamp === firstSuite?.timestamp
  return isOnTime && isDeepStrictEqual(counts.cases, firstSuite.cases) ? counts : null
}

/** What the Teamspace suite leaves. */
export const suiteSubjects: readonly Subject[] = [
  {
    ...{ name: 'teamspace.xml', folder: 'teamspace', form: 'text', faultless: junit },
    sibling: junit.replace('tests.test_a', 'tests.test_d'),
    judge: (bytes) => judgeSuite(log, bytes),
    contradictions: [...junitContradictions(junit)],
    harmless: [],
  },
  {
    ...{ name: 'teamspace.log', folder: 'teamspace', form: 'log', faultless: log },
    sibling: log.replace('3 passed', '2 passed, 1 failed'),
    judge: (bytes) => judgeSuite(Buffer.from(bytes).toString('utf8'), Buffer.from(junit)),
    contradictions: [...logContradictions(log)],
    harmless: [],
  },
]
