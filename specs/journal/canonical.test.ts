import fc from 'fast-check'
import { expect } from 'vitest'
import { canonicalJson } from '../../packages/batch-contract/src/canonical.ts'
import { spec } from '../spec.ts'

/** Texts that mean the same JSON. */
const SAME: readonly (readonly [string, string])[] = [
  ['{"a":1,"b":[{"d":2,"c":3}]}', '{ "b": [ {"c":3, "d":2} ], "a": 1 }'],
  ['"\\u00e9\\/"', '"é/"'],
  ['1', '1.0'],
  ['1e2', '100'],
  ['100000000000000000000', '1e20'],
  ['-0', '0'],
]

/** Texts that mean something else, though a double cannot tell. */
const OTHER: readonly (readonly [string, string])[] = [
  ['9007199254740993', '9007199254740992'],
  ['{"n":[12345678901234567890]}', '{"n":[12345678901234567891]}'],
  ['1e400', 'null'],
  ['1e400', '1e401'],
  ['9007199254740993', '"9007199254740993"'],
  ['"1"', '1'],
  ['[1,2]', '[2,1]'],
]

spec(['SYNC/T059', 'SYNC/T060'], 'content is compared by what its JSON means', () => {
  for (const [one, other] of SAME) expect(canonicalJson(one), one).toBe(canonicalJson(other))
})

spec('SYNC/T060', 'numbers that a double would round are other content', () => {
  for (const [one, other] of OTHER) expect(canonicalJson(one), one).not.toBe(canonicalJson(other))
})

spec(
  ['SYNC/T059', 'SYNC/T060'],
  'members come in the order of JavaScript, however many there are and whatever their names',
  () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.nat(300).map(String),
      fc.constantFrom('__proto__', '007', '-1', '4294967294', '4294967295', 'é', ''),
    )
    const members = fc.uniqueArray(fc.tuple(name, fc.nat()), {
      maxLength: 60,
      selector: ([key]) => key,
    })
    fc.assert(
      fc.property(members, (all) => {
        const sorted = all.toSorted(([one], [other]) => (one < other ? -1 : 1))
        expect(canonicalJson(objectOf(all))).toBe(JSON.stringify(Object.fromEntries(sorted)))
      }),
      { numRuns: 500 },
    )
  },
)

/** Written member by member, in this order. */
function objectOf(members: readonly (readonly [string, number])[]): string {
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`
}
