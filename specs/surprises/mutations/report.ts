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
  for (const { index, 0: element } of report.matchAll(/<[a-z-]+\b/g))
    for (const attribute of ['status="failed"', 'result="error"', 'dead="1"', 'xpass="true"'])
      yield contradiction(
        `${element} at ${index} has ${attribute}`,
        replacedAt(report, index, element, `${element} ${attribute}`),
      )
  for (const { index, 0: element, 1: name = '' } of report.matchAll(/<([a-z-]+)\b[^>]*?(?:\/>|>)/g))
    for (const inside of hasText.includes(name) ? elements : [...elements, ...texts])
      yield contradiction(
        `${inside} in <${name}> at ${index}`,
        replacedAt(report, index, element, opened(element, name, inside)),
      )
  for (const [from, to] of unknownWords) {
    const changed = report.replace(from, to)
    if (changed !== report) yield contradiction(`${from.source} is ${to}`, changed)
  }
}

/** Words that no report of pytest has where they are. */
const unknownWords: readonly (readonly [from: RegExp, to: string])[] = [
  [/testsuites/g, 'report'],
  [/(<testcase [^>]*\bname=")[^"]*/, '$1'],
  [/(<testcase [^>]*\btime=")[^"]*/, '$1-1'],
  [/(<testcase [^>]*\btime=")[^"]*/, '$1soon'],
  [/(<skipped [^>]*\btype=")[^"]*/, '$1pytest.hidden'],
]

/** What says, somewhere in a report, that a test did not pass. */
const elements = [
  ...['failure', 'error', 'skipped', 'rerunFailure', 'flakyError', 'dead'].map(
    (one) => `<${one}/>`,
  ),
  ...['<testcase classname="tests.test_d" name="test_9"><failure/></testcase>'],
  ...['<testsuite tests="1"/>', '<x:failure xmlns:x="urn:x"/>'],
]
const texts = ['FAILED', '<![CDATA[1 failed]]>']
/** Their text is somebody's, whatever it says. */
const hasText = ['skipped', 'system-out']

function opened(element: string, name: string, inside: string): string {
  return element.endsWith('/>')
    ? `${element.slice(0, -2)}>${inside}</${name}>`
    : `${element}${inside}`
}

/** Lines by which a log says something else than its other lines. */
export function* logContradictions(log: string): Generator<Mutation> {
  const lines = [
    ...['=== 1 failed, 2 passed in 1.00s ===', '=== 4 passed in 1.00s ===', '2 passed, 1 skipped'],
    ...['=== 3 passed, 1 error in 1.00s ===', '=== 3 passed, 1 broken in 1.00s ==='],
    ...['3 passed, 1 xpassed', '1 failed', '=== 3 failed in 3.10s ==='],
    ...['FAILED', 'ERROR'].flatMap(printedBy),
    ...['=== FAILURES ===', '== ERRORS ==', 'INTERNALERROR> Traceback (most recent call last):'],
    ...['!!! Interrupted: 1 error during collection !!!', '!!!!! stopping after 1 failures !!!!!'],
    ...['collected 33 items', 'collected 40 items / 3 deselected / 37 selected'],
  ]
  for (const line of lines)
    for (const [where, text] of [
      ['before', `${line}\n${log}`],
      ['after', `${log}${line}\n`],
    ] as const)
      yield contradiction(`"${line}" ${where} the rest`, text)
  yield contradiction('no summary', log.replaceAll(/^=.*=$/gm, ''))
}

/** How pytest tells that one test failed: by itself, in its short summary, and from several processes. */
function printedBy(word: string): string[] {
  return [
    ...[`tests/test_a.py::test_0 ${word}`, `tests/test_a.py::test_0[a b] ${word} [ 33%]`],
    ...[`${word} tests/test_a.py::test_0`, `${word} tests/test_a.py::test_0 - assert 1 == 2`],
    ...[`${word} tests/test_a.py`, `${word} tests/test_a.py - SyntaxError: invalid syntax`],
    ...[`[gw1] [ 33%] ${word} tests/test_a.py::test_0`, `[gw0] ${word} tests/test_a.py::test_0`],
    `tests/test_a.py::TestA::test_0 <- tests/base.py ${word} [ 33%]`,
  ]
}

function contradiction(what: string, text: string): Mutation {
  return { what, bytes: () => Buffer.from(text), kind: 'contradiction' }
}

function replacedAt(text: string, index: number, from: string, to: string): string {
  return `${text.slice(0, index)}${to}${text.slice(index + from.length)}`
}
