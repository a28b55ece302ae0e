import type { Mutation } from './document.ts'

/** Ways in which a JUnit report can contradict itself, or say what no report of pytest says. */
export function* junitContradictions(report: string): Generator<Mutation> {
  for (const { index, 0: total, 1: name = '', 2: number = '' } of report.matchAll(
    / (tests|failures|errors|skipped)="(\d+)"/g,
  ))
    for (const other of [Number(number) + 1, Number(number) + 2, -1, 'none'])
      yield contradiction(
        `${name} at ${index} is ${other}`,
        replacedAt(report, index, total, ` ${name}="${other}"`),
      )
  for (const { index, 0: element } of report.matchAll(/<(?:testsuites?|testcase)\b/g))
    for (const attribute of ['status="failed"', 'result="error"', 'dead="1"', 'xpass="true"'])
      yield contradiction(
        `${element} at ${index} has ${attribute}`,
        replacedAt(report, index, element, `${element} ${attribute}`),
      )
  for (const { index, 0: element } of report.matchAll(/<testcase [^>]*\/>/g))
    for (const inner of ['failure', 'error', 'skipped', 'rerunFailure', 'flakyError', 'dead'])
      yield contradiction(
        `<${inner}> in the test case at ${index}`,
        replacedAt(report, index, element, `${element.slice(0, -2)}><${inner}/></testcase>`),
      )
}

/** Lines by which a log says something else than its other lines. */
export function* logContradictions(log: string): Generator<Mutation> {
  const lines = [
    ...['=== 1 failed, 2 passed in 1.00s ===', '=== 4 passed in 1.00s ===', '2 passed, 1 skipped'],
    ...[
      '=== 3 passed, 1 error in 1.00s ===',
      '3 passed, 1 xpassed',
      'tests/test_a.py::test_0 FAILED',
    ],
    ...['tests/test_b.py::test_1 ERROR', '1 failed', '=== 3 failed in 3.10s ==='],
  ]
  for (const line of lines)
    for (const [where, text] of [
      ['before', `${line}\n${log}`],
      ['after', `${log}${line}\n`],
    ] as const)
      yield contradiction(`"${line}" ${where} the rest`, text)
}

function contradiction(what: string, text: string): Mutation {
  return { what, bytes: () => Buffer.from(text), kind: 'contradiction' }
}

function replacedAt(text: string, index: number, from: string, to: string): string {
  return `${text.slice(0, index)}${to}${text.slice(index + from.length)}`
}
