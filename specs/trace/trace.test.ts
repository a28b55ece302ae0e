import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { runShortGate } from '../../fixtures/short-run/short-run.ts'
import { collectTests } from '../../packages/gate-kernel/src/trace/collect.ts'
import { idsOfTitle } from '../../packages/gate-kernel/src/trace/title.ts'
import { collectFrom } from '../../packages/gate-kernel/src/trace/written-tests.ts'
import { type TraceReport, traceReport } from '../../packages/gate-kernel/src/trace/report.ts'
import {
  readResults,
  recordResults,
  type TestResultLine,
  textDigest,
} from '../../packages/gate-kernel/src/trace/results.ts'
import { findIn, type Register } from '../../packages/gate-kernel/src/trace/register.ts'
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
  return { file, title, state, at: '2026-05-20T08:00:00.000Z', texts }
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
    const written = await collectTests(
      join(import.meta.dirname, '..', '..'),
      ['gate', 'specs'],
      register,
    )
    const report = traceReport(written, [], ofSpec('GATE'), register)
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
