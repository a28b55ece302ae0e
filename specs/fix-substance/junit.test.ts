import { expect } from 'vitest'
import type { TestCase } from '../../packages/fix-prover/src/runners/case.ts'
import { parseJunit } from '../../packages/fix-prover/src/runners/junit.ts'
import { spec } from '../spec.ts'

const files = ['tests/test_a.py', 'tests/b.test.js']

function one(testcase: string): TestCase {
  const cases = parseJunit(
    `<?xml version="1.0"?><testsuites><testsuite name="pytest">${testcase}</testsuite></testsuites>`,
    files,
  )
  const [first] = cases ?? []
  if (first === undefined) throw new Error('nothing was read')
  return first
}

function pytest(message: string, body = ''): TestCase {
  return one(
    `<testcase classname="tests.test_a" name="test_x"><failure message="${message}">${body}</failure></testcase>`,
  )
}

spec(
  'GATE/FR-002',
  'assertions of pytest are told from errors on the way and from what cannot be loaded',
  () => {
    expect(pytest('assert 1 == 2').failure?.kind).toBe('assertion')
    expect(pytest('AssertionError: told so').failure?.kind).toBe('assertion')
    expect(pytest('Failed: DID NOT RAISE ValueError').failure?.kind).toBe('assertion')
    expect(pytest("AttributeError: no attribute 'pending_count'").failure?.kind).toBe(
      'missing-name',
    )
    expect(pytest("KeyError: 'x'").failure?.kind).toBe('error')
    expect(pytest('ImportError: cannot import name').failure?.kind).toBe('missing-name')
    expect(pytest('Failed: Timeout &gt;1.0s').failure?.kind).toBe('timeout')
  },
)

spec(
  'GATE/FR-002',
  'an error of collection or set-up is a load error, and says what is behind it',
  () => {
    const collection = one(
      '<testcase classname="" name="tests.test_a"><error message="collection failure">ImportError\nE   ModuleNotFoundError: No module named x</error></testcase>',
    )
    expect(collection.failure).toMatchObject({
      kind: 'load',
      message: 'ModuleNotFoundError: No module named x',
    })
    expect(
      one('<testcase name="test_x"><error message="failed on setup with x"/></testcase>').failure
        ?.kind,
    ).toBe('load')
  },
)

spec('GATE/FR-002', 'the line of the failing assertion is the one in the test file', () => {
  const body =
    'tests/test_a.py:4: in test_x\n    f()\nsrc/queue.py:9: in f\n    raise X\nE   AssertionError'
  expect(pytest('AssertionError', body).failure?.line).toBe(4)
  const stack =
    'cause: AssertionError [ERR_ASSERTION]: 1 == 2\n      at src/q.js:3:1\n      at TestContext.x (file:///w/tests/b.test.js:12:10)\n      at y (/w/tests/b.test.js:30:1)'
  const node = one(
    `<testcase name="adds" classname="test" file="/w/tests/b.test.js"><failure type="testCodeFailure" message="1 == 2">${stack}</failure></testcase>`,
  )
  expect(node).toMatchObject({
    id: 'tests/b.test.js > adds',
    failure: { kind: 'assertion', line: 12 },
  })
})

spec(
  'GATE/FR-002',
  'a file that node:test could not load, or whose hook failed, is a load error',
  () => {
    expect(
      one(
        '<testcase name="tests/b.test.js"><failure type="testCodeFailure" message="test failed">exitCode: 1</failure></testcase>',
      ).failure?.kind,
    ).toBe('load')
    expect(
      one(
        '<testcase name="x"><failure type="hookFailed" message="before">ERR_ASSERTION</failure></testcase>',
      ).failure?.kind,
    ).toBe('load')
  },
)

spec('GATE/FR-002', 'a skipped test is neither passed nor failed', () => {
  expect(one('<testcase name="x"><skipped message="later"/></testcase>').outcome).toBe('skipped')
  expect(one('<testcase name="x"><skipped/></testcase>').outcome).toBe('skipped')
  expect(one('<testcase name="x"/>').outcome).toBe('passed')
})

spec('GATE/FR-002', 'what is no JUnit report proves nothing', () => {
  expect(parseJunit('2 passed in 0.1s', files)).toBeNull()
  expect(parseJunit('', files)).toBeNull()
})

spec(
  'GATE/FR-002',
  'colours and other characters that XML has not are left out of a report',
  () => {
    const failed =
      '<testcase name="x"><failure message="&#x1B;[31massert 1 == 2&#27;[0m">\u001B[1mE   no\u0000</failure></testcase>'
    const xml = `\uFEFF<?xml version="1.0" encoding="utf-8"?><testsuite name="s">${failed}</testsuite>`
    expect(parseJunit(xml, files)).toMatchObject([
      { id: 's > x', outcome: 'failed', failure: { kind: 'assertion' } },
    ])
  },
)

spec(
  'GATE/FR-002',
  'a report that is cut off, or brings entities of its own, proves nothing',
  () => {
    expect(parseJunit('<testsuites><testsuite><testcase name="x"/>', files)).toBeNull()
    const entity = '<!DOCTYPE t [<!ENTITY n "x">]><testsuite><testcase name="&n;"/></testsuite>'
    expect(parseJunit(entity, files)).toBeNull()
  },
)

spec('GATE/FR-002', 'suites of node:test tell tests of the same name apart', () => {
  const xml = `<testsuites><testsuite name="D"><testcase name="x" classname="D" file="/w/tests/b.test.js"/></testsuite><testsuite name="E"><testcase name="x" classname="E" file="/w/tests/b.test.js"/></testsuite></testsuites>`
  expect(parseJunit(xml, files)?.map(({ id }) => id)).toEqual([
    'tests/b.test.js > D > x',
    'tests/b.test.js > E > x',
  ])
})
