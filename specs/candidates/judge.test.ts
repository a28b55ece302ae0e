import { expect } from 'vitest'
import { judgeCandidate, type Sighting } from '../../packages/phase4-gate/src/candidates/judge.ts'
import { untaggedAfter } from '../../packages/phase4-gate/src/candidates/list.ts'
import type { DistributionFile } from '../../packages/phase4-gate/src/candidates/published.ts'
import { spec } from '../spec.ts'

const after = '3.2.0rc15'

/** Everything speaks for it, but for what is told otherwise. */
function sighting(told: Partial<Sighting> = {}): Sighting {
  return {
    ...{ tag: 'v3.2.0rc16', version: '3.2.0rc16', commit: 'c'.repeat(40), ancestry: 'contains' },
    ...{ packageVersion: { kind: 'unnamed' }, rivals: [], commitLastRun: null },
    files: [file('a')],
    ...told,
  }
}

function file(digit: string, told: Partial<DistributionFile> = {}): DistributionFile {
  return {
    ...{ filename: `${digit}.whl`, url: `http://127.0.0.1/${digit}.whl`, yanked: false },
    ...{ packagetype: 'bdist_wheel', digests: { sha256: digit.repeat(64) } },
    ...told,
  }
}

const codesOf = (told: Partial<Sighting>): string[] =>
  judgeCandidate(sighting(told), after).reasons.map(({ code }) => code)

spec('GATE/FR-003', 'of several wheels the one that is not yanked is what counts', () => {
  const files = [file('a', { yanked: true }), file('b'), file('c')]
  expect(judgeCandidate(sighting({ files }), after)).toMatchObject({
    ...{ eligible: true, published: true, wheelSha256: 'b'.repeat(64) },
  })
})

spec('GATE/FR-003', 'a source archive does not stand in for a yanked wheel', () => {
  const source = file('s', { packagetype: 'sdist' })
  expect(codesOf({ files: [file('a', { yanked: true }), source] })).toEqual(['yanked'])
  expect(codesOf({ files: [source] })).toEqual(['wheel-missing'])
})

spec('GATE/FR-003', 'a version that was yanked as a whole says why', () => {
  const yanked = file('a', { yanked: true, yanked_reason: 'broken metadata' })
  const { reasons } = judgeCandidate(sighting({ files: [yanked, yanked] }), after)
  expect(reasons).toEqual([{ code: 'yanked', text: '3.2.0rc16 was yanked: broken metadata' }])
})

spec(
  'GATE/FR-003',
  'a version without files is not published, and no version is no prerelease',
  () => {
    expect(judgeCandidate(sighting({ files: [] }), after)).toMatchObject({
      ...{ eligible: false, published: false, wheelSha256: null },
    })
    expect(judgeCandidate(sighting({ version: 'nightly' }), after).prerelease).toBe(false)
  },
)

spec('GATE/FR-003', 'the last candidate itself is told apart from an earlier one', () => {
  const textOf = (version: string): string | undefined =>
    judgeCandidate(sighting({ version }), after).reasons[0]?.text
  expect(textOf('3.2.0rc15')).toMatch(/is the last candidate itself/)
  expect(textOf('3.2.0rc9')).toMatch(/is not later than 3\.2\.0rc15/)
})

spec(
  'GATE/FR-003',
  'what is published and later than the chosen one, but not tagged, is named',
  () => {
    const listed = (numbers: readonly number[], told: Partial<Sighting> = {}) =>
      numbers.map((n) => judgeCandidate(sighting({ version: `3.2.0rc${n}`, ...told }), after))
    const untagged = listed([24, 23, 22, 21], { tag: null })
    const yanked = listed([20], { files: [file('a', { yanked: true })] })
    const [chosen = null, ...others] = listed([19, 18])
    const candidates = [...untagged, ...yanked, ...(chosen ? [chosen] : []), ...others]
    const both = '3.2.0rc24, 3.2.0rc23, 3.2.0rc22 and 1 more'
    expect(untaggedAfter({ candidates, chosen })).toBe(both)
    expect(untaggedAfter({ candidates: candidates.slice(1), chosen })).toBe(
      '3.2.0rc23, 3.2.0rc22, 3.2.0rc21',
    )
    expect(untaggedAfter({ candidates: [...yanked, ...others], chosen: null })).toBeNull()
    expect(untaggedAfter({ candidates: [...others, ...untagged], chosen: null })).toBe(both)
  },
)

spec(
  'GATE/FR-003',
  'a candidate of another line is named, and chosen only where it is asked for',
  () => {
    for (const version of ['3.2.6rc2', '3.3.0rc1', '4.0.0rc1', '1!3.2.0rc16']) {
      expect(codesOf({ version })).toEqual(['other-line'])
      expect(judgeCandidate(sighting({ version }), after, version).eligible).toBe(true)
    }
    expect(codesOf({ version: '3.2rc16' })).toEqual([])
  },
)
