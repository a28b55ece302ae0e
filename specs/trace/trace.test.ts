import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { runShortGate } from '../../fixtures/short-run/short-run.ts'
import { collectTests } from '../../packages/gate-kernel/src/trace/collect.ts'
import { toJUnit } from '../../packages/gate-kernel/src/trace/export/junit.ts'
import { toLobster } from '../../packages/gate-kernel/src/trace/export/lobster.ts'
import { toOpenFastTrace } from '../../packages/gate-kernel/src/trace/export/openfasttrace.ts'
import { toStrictDoc } from '../../packages/gate-kernel/src/trace/export/strictdoc.ts'
import { toCsv, toHtml } from '../../packages/gate-kernel/src/trace/export/tables.ts'
import { idsOfTitle } from '../../packages/gate-kernel/src/trace/title.ts'
import { collectFrom } from '../../packages/gate-kernel/src/trace/written-tests.ts'
import {
  originLine,
  type TraceReport,
  traceReport,
} from '../../packages/gate-kernel/src/trace/report.ts'
import {
  readResults,
  recordResults,
  type TestResultLine,
  textDigest,
} from '../../packages/gate-kernel/src/trace/results.ts'
import { findIn, type Register, registerOf } from '../../packages/gate-kernel/src/trace/register.ts'
import { gate as release } from '../../release/gate.ts'
import { register } from '../register.ts'
import { spec } from '../spec.ts'
import { withShortGate } from '../weakenings/weakened.ts'

const file = 'specs/x.test.ts'
const find = findIn(register)

function ofSpec(name: string): Register {
  return register.filter(({ id }) => id.startsWith(`${name}/`))
}

function result(title: string, state = 'passed'): TestResultLine {
  const texts = Object.fromEntries(idsOfTitle(title).map((id) => [id, textDigest(find(id)?.text)]))
  return { file, title, state, ...firstRun, texts }
}

const firstRun = {
  ...{ run: '20260520T080000Z-1f3a', commit: 'a'.repeat(40), candidate: 'v3.2.0rc16' },
  at: '2026-05-20T08:00:00.000Z',
}
const laterRun = {
  ...{ run: '20260521T080000Z-2b4c', commit: 'b'.repeat(40), candidate: 'v3.2.0rc17' },
  at: '2026-05-21T08:00:00.000Z',
}

function statusOf(report: TraceReport, id: string): string | undefined {
  return report.requirements.find((one) => one.id === id)?.status
}

spec('SYNC/NFR-001', 'tests are read from their source: one id, several, a filled-in title', () => {
  const source = [
    `spec('SYNC/T001', 'it\\'s there', () => {})`,
    `spec(['GATE/FR-001', 'GATE/C-006'], \`both \${name} hold\`, () => {})`,
    `requirement('GATE/FR-002')`,
    `test('plain', () => {})`,
    `pattern.test('no test at all')`,
    `const text = "spec('SYNC/T002', 'only text')"`,
  ].join('\n')
  expect(
    collectFrom(source, file, register).map(({ line, ids, title }) => ({ line, ids, title })),
  ).toEqual([
    { line: 1, ids: ['SYNC/T001'], title: `SYNC/T001 it's there` },
    { line: 2, ids: ['GATE/FR-001', 'GATE/C-006'], title: 'GATE/FR-001 GATE/C-006 both * hold' },
    { line: 3, ids: ['GATE/FR-002'], title: `GATE/FR-002 ${find('GATE/FR-002')?.text ?? ''}` },
    { line: 4, ids: [], title: 'plain' },
  ])
})

spec(
  'SYNC/NFR-001',
  'a requirement is passed, failed, not run, or without a test: always a row',
  () => {
    const written = collectFrom(
      `spec('GATE/FR-001', 'a', f); spec('GATE/FR-002', 'b', f); spec('GATE/FR-003', 'c', f)`,
      file,
    )
    const results = [result('GATE/FR-001 a'), result('GATE/FR-002 b', 'failed')]
    const report = traceReport(written, results, ofSpec('GATE'))
    expect(report.requirements).toHaveLength(28)
    expect(
      ['FR-001', 'FR-002', 'FR-003', 'FR-004'].map((id) => statusOf(report, `GATE/${id}`)),
    ).toEqual(['passed', 'failed', 'not-run', 'no-test'])
    expect(report.gaps).toContain('GATE/FR-003 was not run')
    expect(report.gaps).toContain('GATE/FR-004 has no test')
    expect(report.gaps.some((gap) => gap.includes('GATE/FR-001'))).toBe(false)
  },
)

spec('SYNC/NFR-001', 'each result carries its run, commit, candidate and time', () => {
  const results = [result('GATE/FR-001 a'), { ...result('GATE/FR-002 b'), ...laterRun }]
  const report = traceReport([], results, ofSpec('GATE'))
  const from = (id: string): unknown =>
    report.requirements.find((one) => one.id === id)?.tests[0]?.from
  expect([from('GATE/FR-001'), from('GATE/FR-002')]).toEqual([firstRun, laterRun])
  const lines = toCsv(report).split('\r\n')
  const { run, commit, candidate, at } = laterRun
  expect(lines.find((line) => line.startsWith('GATE/FR-002'))).toMatch(
    new RegExp(`,${at},${run},${commit},${candidate}$`),
  )
  expect(lines.find((line) => line.startsWith('GATE/FR-003'))).toMatch(/,,,,$/)
  const page = toHtml(report)
  for (const value of [...Object.values(firstRun), ...Object.values(laterRun)])
    expect(page).toContain(value)
})

spec('SYNC/NFR-001', 'a report of several runs says so before anything else', () => {
  const one = traceReport([], [result('GATE/FR-001 a')], ofSpec('GATE'))
  expect(originLine(one)).toBe(
    `all results are of run ${firstRun.run}, commit ${firstRun.commit}, candidate v3.2.0rc16, ${firstRun.at}`,
  )
  const results = [result('GATE/FR-001 a'), { ...result('GATE/FR-002 b'), ...laterRun }]
  const mixed = traceReport([], results, ofSpec('GATE'))
  expect(mixed.runs.map(({ run, results: count }) => [run, count])).toEqual([
    [laterRun.run, 1],
    [firstRun.run, 1],
  ])
  expect(originLine(mixed)).toMatch(/^MIXED: the results are of 2 runs, 2 commits, 2 candidates;/)
  expect(toHtml(mixed)).toContain('MIXED: the results are of 2 runs')
  // A result that no requirement of this report has is not part of it.
  const other = traceReport([], results, ofSpec('GATE').slice(0, 2), register)
  expect(other.runs.map(({ run }) => run)).toEqual([firstRun.run])
  expect(originLine(traceReport([], [], ofSpec('GATE')))).toBe('no results yet')
})

spec('SYNC/NFR-001', 'skipped is not run, and one failure outweighs any number of passes', () => {
  const results = [
    result('GATE/FR-001 a', 'skipped'),
    result('GATE/FR-002 a'),
    result('GATE/FR-002 b'),
    result('GATE/FR-002 c', 'failed'),
  ]
  const report = traceReport([], results, ofSpec('GATE'))
  expect(statusOf(report, 'GATE/FR-001')).toBe('not-run')
  expect(statusOf(report, 'GATE/FR-002')).toBe('failed')
})

spec('SYNC/NFR-001', 'a test without a requirement, or with an unknown one, is a gap', () => {
  const written = collectFrom(`test('plain', f); spec('GATE/FR-099', 'no such id', f)`, file)
  const report = traceReport(written, [], ofSpec('GATE'), register)
  expect(report.testsWithoutRequirement.map((one) => one.title)).toEqual([
    'plain',
    'GATE/FR-099 no such id',
  ])
  expect(report.gaps.filter((gap) => gap.includes('without a requirement'))).toHaveLength(2)
})

spec('SYNC/NFR-001', 'a test of an unknown requirement is reported as it ended', () => {
  const title = 'GATE/FR-001 GATE/FR-099 names one that is not there'
  const results = [
    { ...result(title, 'failed'), ...laterRun },
    result('GATE/FR-001 a'),
    result('no requirement', 'skipped'),
  ]
  const report = traceReport([], results, ofSpec('GATE'), register)
  expect(report.testsWithoutRequirement).toEqual([
    {
      file,
      title,
      status: 'failed',
      from: laterRun,
      names: ['GATE/FR-001', 'GATE/FR-099'],
      unknown: ['GATE/FR-099'],
    },
    { file, title: 'no requirement', status: 'not-run', from: firstRun, names: [], unknown: [] },
  ])
  expect(report.runs.map(({ run }) => run)).toEqual([laterRun.run, firstRun.run])
  const backward = toHtml(report).split('Test to requirements')[1] ?? ''
  expect(backward).toMatch(/GATE\/FR-001, GATE\/FR-099 \(unknown\)/)
  expect(toCsv(report)).toContain(`,,,${file},no requirement,not-run,`)
  const tests = JSON.parse(toLobster(report)['tests.lobster'] ?? '') as {
    readonly data: readonly { readonly name: string; readonly status: string }[]
  }
  expect(tests.data.map(({ name, status }) => [name, status])).toEqual([
    [title, 'fail'],
    ['GATE/FR-001 a', 'ok'],
    ['no requirement', 'not run'],
  ])
})

spec('SYNC/NFR-001', 'a result of another file does not stand for a test that was not run', () => {
  const written = collectFrom('spec("GATE/FR-001", `${name} holds`, f)', 'specs/other.test.ts')
  const results = [result('GATE/FR-001 one holds')]
  const [first] = traceReport(written, results, ofSpec('GATE')).requirements.filter(
    ({ id }) => id === 'GATE/FR-001',
  )
  expect(first?.tests.map(({ file: of, status }) => [of, status])).toEqual([
    [file, 'passed'],
    ['specs/other.test.ts', 'not-run'],
  ])
  // A helper writes tests that are run in other files.
  const helped = collectFrom('spec("GATE/FR-001", `${name} holds`, f)', 'specs/helper.ts')
  const report = traceReport(helped, results, ofSpec('GATE'))
  expect(report.requirements.flatMap(({ tests }) => tests).map(({ status }) => status)).toEqual([
    'passed',
  ])
})

spec('SYNC/NFR-001', 'other tools can read titles with characters that XML does not have', () => {
  const title = 'GATE/FR-001 a\u0000b\u001b[31mc\ud800 \ufffe'
  const report = traceReport([], [result(title)], ofSpec('GATE'))
  for (const text of [
    toJUnit(report),
    toOpenFastTrace(report),
    ...Object.values(toStrictDoc(report)),
  ])
    expect(text).not.toMatch(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u)
})

spec('SYNC/NFR-001', 'a result from before its requirement was reworded is outdated', () => {
  const old = { ...result('GATE/FR-001 a'), texts: { 'GATE/FR-001': 'another text' } }
  expect(statusOf(traceReport([], [old], ofSpec('GATE')), 'GATE/FR-001')).toBe('outdated')
})

spec('SYNC/C-004', 'what its spec puts off needs no test', () => {
  const report = traceReport([], [], ofSpec('SYNC'))
  expect(statusOf(report, 'SYNC/C-004')).toBe('deferred')
  expect(report.gaps.some((gap) => gap.includes('SYNC/C-004'))).toBe(false)
})

spec(
  'SYNC/NFR-001',
  'results of a file replace its last ones; a deleted file leaves none',
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'trace-'))
    onTestFinished(() => rm(root, { recursive: true }))
    await mkdir(join(root, 'specs'))
    await writeFile(join(root, file), '')
    await recordResults(root, [result('GATE/FR-001 a', 'failed'), result('GATE/FR-001 gone')])
    await recordResults(root, [result('GATE/FR-001 a')])
    expect((await readResults(root)).map(({ title, state }) => [title, state])).toEqual([
      ['GATE/FR-001 a', 'passed'],
    ])
    await rm(join(root, file))
    expect(await readResults(root)).toEqual([])
  },
)

spec(
  'GATE/FR-001',
  'every requirement of the gate has its own file and every test names one',
  async () => {
    const all = [...register, ...registerOf(release)]
    const root = join(import.meta.dirname, '..', '..')
    const written = await collectTests(root, ['gate', 'release', 'specs'], all)
    const report = traceReport(written, [], [...ofSpec('GATE'), ...registerOf(release)], all)
    expect(report.requirements.filter((one) => one.status === 'no-test')).toEqual([])
    expect(report.testsWithoutRequirement).toEqual([])
  },
)

spec(
  'GATE/FR-008',
  'a run that keeps its artifacts elsewhere leaves no result in this checkout',
  async () => {
    await withShortGate(async (folder) => {
      const elsewhere = { CANARY_GATE_ARTIFACTS: join(folder, 'elsewhere') }
      await runShortGate(folder, ['run', 'gate'], elsewhere)
      expect(await readResults(folder)).toStrictEqual([])
      await runShortGate(folder, ['run', 'gate'])
      expect((await readResults(folder)).length).toBeGreaterThan(0)
    })
  },
)
