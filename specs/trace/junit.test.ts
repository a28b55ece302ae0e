import { XMLParser } from 'fast-xml-parser'
import { expect } from 'vitest'
import { toJUnit } from '../../packages/gate-kernel/src/trace/export/junit.ts'
import type { Register } from '../../packages/gate-kernel/src/trace/register.ts'
import { type ResultOrigin, traceReport } from '../../packages/gate-kernel/src/trace/report.ts'
import { type TestResultLine, textDigest } from '../../packages/gate-kernel/src/trace/results.ts'
import { spec } from '../spec.ts'

interface Case {
  readonly name: string
  readonly classname: string
  readonly properties?: readonly { readonly property: readonly Property[] }[]
  readonly failure?: readonly { readonly type: string; readonly message: string }[]
  readonly skipped?: readonly { readonly type: string }[]
}

interface Property {
  readonly name: string
  readonly value: string
}

interface Suite {
  readonly name: string
  readonly tests: string
  readonly failures: string
  readonly skipped: string
  readonly properties?: readonly { readonly property: readonly Property[] }[]
  readonly testcase: readonly Case[]
}

interface Report extends Omit<Suite, 'testcase'> {
  readonly testsuite: readonly Suite[]
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  isArray: (_name, _path, _leaf, isAttribute) => !isAttribute,
})

function read(text: string): Report {
  const [report] = (parser.parse(text) as { testsuites: readonly Report[] }).testsuites
  if (report === undefined) throw new Error(`no testsuites in ${text}`)
  return report
}

function valuesOf({ properties }: Pick<Case, 'properties'>): Record<string, string> {
  const all = properties?.flatMap(({ property }) => property) ?? []
  return Object.fromEntries(all.map(({ name, value }) => [name, value]))
}

const register: Register = [
  ...['passed', 'failed', 'skipped', 'old', 'nothing'].map((text, index) => ({
    id: `X/FR-00${index + 1}`,
    text,
  })),
  { id: 'X/FR-006', text: 'later', status: 'deferred' },
]

const first: ResultOrigin = {
  run: 'run-1',
  commit: 'a'.repeat(40),
  candidate: null,
  at: '2026-05-20T08:00:00Z',
}
const second = { ...first, run: 'run-2', candidate: 'v3.2.0rc17', at: '2026-05-21T08:00:00Z' }

function result(title: string, state: string, from = first, text?: string): TestResultLine {
  const ids = title.match(/X\/FR-\d{3}/g) ?? []
  const textOf = (id: string): string | undefined =>
    text ?? register.find((one) => one.id === id)?.text
  const texts = Object.fromEntries(ids.map((id) => [id, textDigest(textOf(id))]))
  return { file: 'specs/x.test.ts', title, state, ...from, texts }
}

const results = [
  result('X/FR-001 X/FR-002 both', 'failed'),
  result('X/FR-001 a <b> & "c"', 'passed', second),
  result('X/FR-003 later today', 'skipped'),
  result('X/FR-004 reworded since', 'passed', first, 'another text'),
  result('X/FR-099 of nobody', 'passed'),
]

spec('SYNC/NFR-001', 'as JUnit: a suite per requirement, what is missing is a case as well', () => {
  const report = read(toJUnit(traceReport([], results, register)))
  const ends = report.testsuite.map(({ name, testcase }) => [
    name,
    ...testcase.map((one) => one.failure?.[0]?.type ?? one.skipped?.[0]?.type ?? 'passed'),
  ])
  expect(ends).toEqual([
    ['X/FR-001', 'failed', 'passed'],
    ['X/FR-002', 'failed'],
    ['X/FR-003', 'not-run'],
    ['X/FR-004', 'outdated'],
    ['X/FR-005', 'no-test'],
    ['X/FR-006', 'deferred'],
    ['tests without a requirement', 'no-requirement'],
  ])
  expect([report.tests, report.failures, report.skipped]).toEqual(['8', '5', '2'])
  const [one] = report.testsuite
  expect([one?.tests, one?.failures, one?.skipped]).toEqual(['2', '1', '0'])
  expect(one && valuesOf(one)).toEqual({
    requirement: 'X/FR-001',
    text: 'passed',
    status: 'failed',
  })
  expect(report.testsuite.at(-1)?.testcase[0]?.failure?.[0]?.message).toContain('X/FR-099')
})

spec('SYNC/NFR-001', 'as JUnit: each test carries the origin of its result', () => {
  const report = read(toJUnit(traceReport([], results, register)))
  expect(report.name).toContain('MIXED: the results are of 2 runs')
  const [one, other] = report.testsuite.flatMap(({ testcase }) => testcase)
  const { candidate: none, ...known } = first
  expect(none).toBeNull()
  expect(one && valuesOf(one)).toEqual({ status: 'failed', ...known })
  expect(other).toMatchObject({ name: 'X/FR-001 a <b> & "c"', classname: 'specs/x.test.ts' })
  expect(other && valuesOf(other)).toEqual({ status: 'passed', ...second })
})
