import { afterAll, beforeAll, expect, test } from 'vitest'
import { sideBySide } from '../../matrix/side-by-side.ts'
import { broken } from './broken.ts'
import { type Outcome, type Packed, packOnce, play, verify } from './stage.ts'

let packed: Packed | undefined
const outcomes = new Map<string, Outcome>()

beforeAll(async () => {
  const whole = await packOnce()
  packed = whole
  await sideBySide(broken, 2, async ({ what, breaking }) => {
    outcomes.set(what, await play(whole, breaking))
  })
})

afterAll(() => packed?.[Symbol.asyncDispose]())

for (const { what, at, code, verdict } of broken)
  test(`${at} holds a release of our own packages where ${what}`, () => {
    const { evidence, exitCode, comments, output } = outcomes.get(what)!
    expect({ ...evidence.stop, output }).toMatchObject({ requirement: at, code, verdict })
    expect(evidence.verdict).toBe('hold')
    expect(exitCode).toBe(verdict === 'inconclusive' ? 3 : 1)
    expect(comments).toEqual([])
  })

test('RELEASE/FR-006 a release is announced by one comment, however often the gate runs', async () => {
  await play(packed!, undefined, async ({ servers }, first, again) => {
    expect(first.output).toContain('RELEASE  9 of 9 requirements passed')
    expect([first.exitCode, first.comments.length]).toEqual([0, 1])
    for (const { sha256 } of (await factOf(first, 'candidate')).packages)
      expect(first.comments[0]).toContain(sha256)
    const verified = await verify(first.run)
    expect(verified.stdout).toContain('release, derived again from the raw documents')
    expect(verified.stdout).toContain('release of the packages')
    // The trial has published the version: what is there is not published again.
    const second = await again()
    expect(second.evidence.stop?.code).toBe('version-published')
    expect(second.comments).toHaveLength(1)
    expect(servers.github.violations).toEqual([])
  })
})

async function factOf(
  { run }: Outcome,
  name: string,
): Promise<{ packages: readonly { sha256: string }[] }> {
  const { readFile } = await import('node:fs/promises')
  return JSON.parse(await readFile(`${run}/facts/${name}.json`, 'utf8')) as {
    packages: readonly { sha256: string }[]
  }
}
