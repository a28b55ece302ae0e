import { expect } from 'vitest'
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
