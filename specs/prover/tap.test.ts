import { expect } from 'vitest'
import { framesOfStack, toFailure } from '../../packages/fix-prover/src/runners/case.ts'
import { readTap } from '../../packages/fix-prover/src/runners/tap-report.ts'
import { spec } from '../spec.ts'

const request = { tree: '/w', scratch: '/s', files: ['test/range.js'], timeoutMs: 1000 }
const ended = { timedOut: false, what: 'no test was reported (exit code 1)', log: '' }

spec('GATE/FR-002', 'a file that ava could not load is not loaded, and no test of its own', () => {
  const output = `TAP version 13
not ok 1 - Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/w/lib/twice.js'
  ---
    name: Error
  ...
not ok 2 - test/range.js exited with a non-zero exit code: 1

1..0
`
  expect(readTap(output, request, ended)).toMatchObject({
    kind: 'reported',
    cases: [],
    unloaded: new Map([
      ['test/range.js', "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/w/lib/twice.js'"],
    ]),
  })
})

spec('GATE/FR-002', 'what ava reported before a file crashed stays reported', () => {
  const output = `TAP version 13
ok 1 - keeps the upper bound
not ok 2 - test/range.js exited due to SIGKILL
1..1
`
  expect(readTap(output, request, ended)).toMatchObject({
    cases: [{ name: 'keeps the upper bound', outcome: 'passed' }],
    unloaded: new Map([['test/range.js', 'test/range.js exited due to SIGKILL']]),
  })
})

spec(
  'GATE/FR-002',
  'an error that ends a file of tape is the failure of its open test, with the whole stack',
  () => {
    const below = Array.from(
      { length: 8 },
      (_, at) => `    at next${at} (/w/node_modules/t.js:1:1)`,
    )
    const log = `TAP version 13
# labels nothing
/w/lib/range.js:6
  return item.name
              ^

TypeError: Cannot read properties of null (reading 'name')
    at label (/w/lib/range.js:6:15)
    at Test.<anonymous> (/w/test/range.js:4:11)
${below.join('\n')}

Node.js v24.0.0
`
    const output = 'TAP version 13\n# labels nothing\n'
    expect(readTap(output, request, { ...ended, log })).toMatchObject({
      cases: [
        {
          name: 'labels nothing',
          failure: {
            kind: 'raised',
            message: "TypeError: Cannot read properties of null (reading 'name')",
            line: 4,
          },
        },
      ],
    })
  },
)

spec('GATE/FR-002', 'frames of Node itself are not taken for product code', () => {
  const stack = `Error: no
    at new Helper (/t/test/helper.js:3:9)
    at async TestContext.<anonymous> (file:///t/test/a.test.js:2:1)
    at async Test.run (node:internal/test_runner/test:1409:7)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at async file:///t/src/a.js:4:5
    at C:/t/b.js:5:6`
  const frames = framesOfStack(stack)
  expect(frames.map(({ file }) => file)).toEqual([
    'C:/t/b.js',
    'file:///t/src/a.js',
    'node:internal/process/task_queues',
    'node:internal/test_runner/test',
    'file:///t/test/a.test.js',
    '/t/test/helper.js',
  ])
  const raw = { type: 'Error', message: 'no', phase: 'call', isAssertion: false } as const
  const inTest = frames.filter(({ file }) => !/a\.js$|b\.js$/.test(file))
  expect(toFailure({ ...raw, frames: inTest }, '/t').kind).toBe('error')
  expect(toFailure({ ...raw, frames: frames.slice(1) }, '/t').kind).toBe('raised')
})
