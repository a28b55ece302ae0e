import type { TraceReport, TraceStatus } from '../report.ts'
import { exportItems } from './items.ts'

/** Content by file name, below one folder; `lobster.conf` is the policy for `lobster-report`. */
export type LobsterFiles = Readonly<Record<string, string>>

/**
 * LOBSTER's interchange format, in the forms for requirements and for activities, and the policy that
 * each requirement needs a test. As for OpenFastTrace, only a test that passed is linked.
 */
export function toLobster(report: TraceReport): LobsterFiles {
  const { requirements, tests } = exportItems(report)
  return {
    'requirements.lobster': document(
      'lobster-req-trace',
      4,
      requirements.map(({ id, text, needsTest }) => ({
        ...item(`req ${id}@1`, id, 'register', needsTest ? [] : ['its spec puts it off']),
        kind: 'requirement',
        text,
        status: 'approved',
      })),
    ),
    'tests.lobster': document(
      'lobster-act-trace',
      3,
      tests.map(({ id, title, file, status, names }) => ({
        ...item(`act ${id}`, title, file, []),
        kind: 'test',
        status: statuses[status],
        refs:
          status === 'failed' || status === 'not-run'
            ? []
            : names.map((name) => `req ${name}@${status === 'passed' ? 1 : 0}`),
      })),
    ),
    'lobster.conf': policy,
  }
}

const statuses: Readonly<Record<TraceStatus, string>> = {
  passed: 'ok',
  outdated: 'ok',
  failed: 'fail',
  'not-run': 'not run',
}

const policy = `requirements "Requirements" {
  source: "requirements.lobster";
}

activity "Tests" {
  source: "tests.lobster";
  trace to: "Requirements";
}
`

function item(tag: string, name: string, file: string, justification: readonly string[]): object {
  return {
    tag,
    location: { kind: 'file', file, line: 1, column: null },
    name,
    messages: [],
    just_up: [],
    just_down: justification,
    just_global: [],
    framework: 'canary-gate',
  }
}

function document(schema: string, version: number, data: readonly object[]): string {
  return `${JSON.stringify({ data, generator: 'canary-gate', schema, version }, null, 2)}\n`
}
