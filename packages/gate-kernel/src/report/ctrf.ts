import type { CTRFReport, Test, TestStatus } from 'ctrf'
import type { Evidence, RequirementResult } from '../evidence/run-evidence.ts'

/** The result in the Common Test Report Format. `not-run` and `inconclusive` become `other`. */
export function renderCtrf(evidence: Evidence): CTRFReport {
  const tests = evidence.requirements.map(testOf)
  const count = (status: TestStatus): number =>
    tests.filter((test) => test.status === status).length
  return {
    reportFormat: 'CTRF',
    specVersion: '0.0.0',
    runId: evidence.runId,
    timestamp: evidence.finishedAt,
    generatedBy: 'canary-gate',
    results: {
      tool: { name: 'canary-gate' },
      summary: {
        tests: tests.length,
        passed: count('passed'),
        failed: count('failed'),
        skipped: count('skipped'),
        pending: count('pending'),
        other: count('other'),
        start: Date.parse(evidence.startedAt),
        stop: Date.parse(evidence.finishedAt),
        extra: { verdict: evidence.verdict, state: evidence.state },
      },
      tests,
      environment: { testEnvironment: evidence.world },
    },
  }
}

const statuses = {
  pass: 'passed',
  fail: 'failed',
  blocked: 'failed',
  inconclusive: 'other',
  'not-run': 'other',
} as const satisfies Record<RequirementResult['verdict'], TestStatus>

function testOf(result: RequirementResult): Test {
  return {
    name: `${result.id} ${result.text}`,
    status: statuses[result.verdict],
    rawStatus: result.verdict,
    duration: result.durationMs ?? 0,
    labels: { requirement: result.id },
    ...(result.startedAt !== undefined && { start: Date.parse(result.startedAt) }),
    ...(result.reusedFrom !== undefined && { message: `re-used from run ${result.reusedFrom}` }),
    ...(result.stop && { message: `${result.stop.what} (${result.stop.where})` }),
  }
}
