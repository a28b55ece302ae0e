import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import {
  gateFile,
  passing,
  runShortProgram,
  type ShortRunResult,
} from '../../fixtures/short-run/short-run.ts'
import {
  type Evidence,
  evidenceSchema,
} from '../../packages/gate-kernel/src/evidence/run-evidence.ts'
import { readSigningKey, readVerifyingKey } from '../../packages/gate-kernel/src/attestation/key.ts'
import { signWaiver, type Waiver } from '../../packages/gate-kernel/src/attestation/waiver.ts'
import { settleWaivers, waiverFor } from '../../packages/gate-kernel/src/finish/waivers.ts'
import { shortGate } from '../../fixtures/short-run/definition.ts'
import { makeKey } from '../attestation/sealed-run.ts'
import { spec } from '../spec.ts'
import { withShortGate } from '../weakenings/weakened.ts'

const waiver: Waiver = {
  schemaVersion: 1,
  ...{ requirement: 'GATE/FR-002', candidate: 'v1.0.0', reason: 'agreed', who: 'the owner' },
  ...{ until: '2999-01-01T00:00:00Z', issue: 'https://github.example/o/r/issues/7' },
}
const fails = `async () => { (await import('vitest')).expect('open').toBe('closed') }`

/** A gate whose first requirement fails, and a configuration with the waivers of an owner. */
async function withWaivers(
  all: readonly Partial<Waiver>[],
  body: (folder: string, config: string) => Promise<void>,
): Promise<void> {
  await withShortGate(async (folder) => {
    await writeFile(gateFile(folder, 0), passing(0, fails))
    const key = await makeKey(folder, 'owner')
    const files = await Promise.all(
      all.map(async (changes, index) => {
        const file = join(folder, `waiver-${index}.json`)
        await writeFile(file, signWaiver({ ...waiver, ...changes }, key))
        return file
      }),
    )
    const config = join(folder, 'world.json')
    const waivers = { files, verifyingKey: join(folder, 'owner.pub') }
    await writeFile(config, JSON.stringify({ waivers }))
    await writeFile(join(folder, 'gate', 'world.ts'), worldFromConfiguration)
    await body(folder, config)
  })
}

const worldFromConfiguration = `import { copyFileSync } from 'node:fs'
export default (project) => {
  copyFileSync(process.env.CANARY_GATE_CONFIG, project.getProvidedContext().runFolder + '/world.json')
}
`

async function evidenceOf(folder: string): Promise<{ run: string; evidence: Evidence }> {
  const runs = join(folder, 'artifacts', 'gate')
  const run = join(runs, (await readFile(join(runs, 'latest'), 'utf8')).trim())
  const text = await readFile(join(run, 'evidence.json'), 'utf8')
  return { run, evidence: evidenceSchema.parse(JSON.parse(text)) }
}

spec(
  ['GATE/FR-011', 'GATE/FR-008'],
  'a waived run goes on, says waived first everywhere, publishes nothing, and has its own exit code',
  async () => {
    await withWaivers([{}], async (folder, config) => {
      const result: ShortRunResult = await runShortProgram(folder, ['run', '--config', config])
      const { run, evidence } = await evidenceOf(folder)
      expect([result.exitCode, evidence.verdict, result.publications]).toEqual([8, 'waived', 0])
      expect(evidence.requirements.map(({ verdict }) => verdict)).toEqual([
        ...['fail', 'pass', 'pass', 'not-run', 'not-run'],
      ])
      expect(evidence.publication.status).toBe('withheld')
      expect(evidence.stop).toMatchObject({ requirement: 'GATE/FR-002', verdict: 'fail' })
      expect(result.output).toContain('WAIVED GATE/FR-002 did not pass')
      expect(result.output).toMatch(
        /\n {2}WAIVED {2}2 of 5 requirements passed\n {2}Waived +WAIVED, not a release/,
      )
      expect(result.output).not.toContain('RELEASE')
      const page = await readFile(join(run, 'index.html'), 'utf8')
      expect(page.indexOf('the owner goes on until')).toBeLessThan(
        page.indexOf('requirements passed'),
      )
      const verify = await runShortProgram(folder, [
        'verify',
        run,
        '--waiver-key',
        join(folder, 'owner.pub'),
      ])
      expect(verify.stdout).toMatch(/^WAIVED, not a release: GATE\/FR-002 by the owner/)
      expect(verify.stdout).toContain('signed by the given key')
      expect((await runShortProgram(folder, ['history'])).stdout).toMatch(/^1 waived: /)
      const report = await runShortProgram(folder, ['report'])
      expect([report.exitCode, report.stdout]).toEqual([8, expect.stringMatching(/^## WAIVED/)])
      const check = await runShortProgram(folder, ['report', '--check-run', 'a'.repeat(40)])
      expect(JSON.parse(check.stdout)).toMatchObject({ conclusion: 'action_required' })
      // Kept and sealed: another file in its place is noticed, and so is another key.
      await makeKey(folder, 'stranger')
      const stranger = await runShortProgram(folder, [
        'verify',
        run,
        '--waiver-key',
        join(folder, 'stranger.pub'),
      ])
      expect([stranger.exitCode, stranger.stdout]).toEqual([
        1,
        expect.stringContaining('not signed by the key'),
      ])
      const [kept = ''] = await readdir(join(run, 'waivers'))
      await writeFile(
        join(run, 'waivers', kept),
        signWaiver(waiver, await makeKey(folder, 'other')),
      )
      expect((await runShortProgram(folder, ['verify', run])).exitCode).toBe(1)
    })
  },
)

spec(
  ['GATE/FR-011', 'GATE/FR-008'],
  'a waiver that is expired, forged, for another candidate or for a requirement that cannot be waived is not there, and said',
  async () => {
    const bad: readonly Partial<Waiver>[] = [
      { until: '2020-01-01T00:00:00Z' },
      { candidate: 'v1.0.1' },
      { requirement: 'GATE/C-005' },
      { requirement: 'GATE/FR-011' },
      { requirement: 'GATE/FR-999' },
    ]
    await withWaivers(bad, async (folder, config) => {
      const key = await makeKey(folder, 'stranger')
      const forged = join(folder, 'waiver-forged.json')
      await writeFile(forged, signWaiver(waiver, key))
      const world = JSON.parse(await readFile(config, 'utf8')) as { waivers: { files: string[] } }
      world.waivers.files.push(forged, join(folder, 'none.json'))
      await writeFile(config, JSON.stringify(world))
      const result = await runShortProgram(folder, ['run', '--config', config])
      const { evidence } = await evidenceOf(folder)
      expect([result.exitCode, evidence.verdict, result.publications]).toEqual([1, 'hold', 0])
      expect(evidence.requirements.filter(({ verdict }) => verdict === 'not-run')).toHaveLength(4)
      const why = evidence.waivers?.map((one) => [one.honoured, one.why])
      expect(why).toEqual([
        [false, expect.stringContaining('expired')],
        [false, expect.stringContaining('it is for v1.0.1, and the candidate is v1.0.0')],
        [false, expect.stringContaining('GATE/C-005 can never be waived')],
        [false, expect.stringContaining('GATE/FR-011 can never be waived')],
        [false, expect.stringContaining('no requirement GATE/FR-999')],
        [false, expect.stringContaining('not signed by the key')],
        [false, expect.stringContaining('cannot be read')],
      ])
      expect(result.output.replaceAll(/\s+/g, ' ')).toContain('was not honoured: it expired')
    })
  },
)

spec(
  'GATE/FR-011',
  'a stop that could not be found out is never waived, nor one without a key',
  async () => {
    await withWaivers([{}], async (folder) => {
      const gate = shortGate(folder)
      const source = {
        files: [join(folder, 'waiver-0.json')],
        verifyingKey: join(folder, 'owner.pub'),
      }
      const question = { gate, source, id: 'GATE/FR-002', candidate: undefined, now: new Date() }
      const failed = { ...question, stop: { verdict: 'fail' } as const }
      const found = await waiverFor(failed)
      expect(found).toMatch(/^[0-9a-f]{64}$/)
      expect(await waiverFor({ ...failed, stop: { verdict: 'inconclusive' } })).toBeUndefined()
      expect(await waiverFor({ ...failed, id: 'GATE/C-005' })).toBeUndefined()
      expect(await waiverFor({ ...failed, now: new Date('3000-01-01') })).toBeUndefined()
      expect(await waiverFor({ ...failed, source: undefined })).toBeUndefined()
      const keyless = { ...source, verifyingKey: join(folder, 'none.pub') }
      expect(await waiverFor({ ...failed, source: keyless })).toBeUndefined()
      await expect(readVerifyingKey(join(folder, 'owner.key'))).rejects.toThrow()
      expect((await readSigningKey(join(folder, 'owner.key'))).id).toHaveLength(64)
      // What a requirement claims of itself at the end counts only with the file.
      const stop = {
        code: 'c',
        verdict: 'fail',
        cause: 'product',
        what: 'x',
        where: 'y',
        next: 'z',
      } as const
      const evidence = evidenceSchema.parse({
        ...{ schemaVersion: 1, runId: 'r', world: 'w', verdict: 'hold', state: 'STOPPED' },
        ...{ startedAt: '2026-05-20T10:00:00Z', finishedAt: '2026-05-20T10:00:00Z', attempt: null },
        candidate: { tag: 'v1.0.0', version: '1.0.0', commit: 'a'.repeat(40) },
        requirements: [
          { id: 'GATE/FR-002', text: 't', verdict: 'fail', stop, waiver: found, progress: [] },
        ],
        stop: { ...stop, requirement: 'GATE/FR-002' },
        weakenings: [],
        publication: { status: 'withheld', comments: [], record: null },
      })
      const verdictWith = async (one: typeof source | undefined, seen: Evidence): Promise<string> =>
        (await settleWaivers(gate, one, folder, seen)).verdict
      expect(await verdictWith(source, evidence)).toBe('waived')
      expect(await verdictWith(undefined, evidence)).toBe('hold')
      expect(await verdictWith(keyless, evidence)).toBe('hold')
      const weakened = { ...evidence, weakenings: [{ code: 'option' as const, what: 'x' }] }
      expect(await verdictWith(source, weakened)).toBe('hold')
      expect(await verdictWith(source, { ...evidence, candidate: null })).toBe('hold')
      expect(await verdictWith(source, { ...evidence, finishedAt: '2999-01-01T00:00:00Z' })).toBe(
        'hold',
      )
    })
  },
)
