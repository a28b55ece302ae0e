import { existsSync } from 'node:fs'
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import fc from 'fast-check'
import { expect, onTestFinished } from 'vitest'
import { type JobResult, runAction } from '../../fixtures/runner/run-action.ts'
import type { Statements } from '../../packages/gate-kernel/src/attestation/opened.ts'
import { writePredicates } from '../../packages/gate-kernel/src/attestation/predicates.ts'
import { attestRun, json, placesIn, readJson, writeDocuments } from '../attestation/sealed-run.ts'
import { stoppedEvidence } from '../page/evidences.ts'
import { spec } from '../spec.ts'

const program = join(import.meta.dirname, '../../fixtures/runner/played-program.ts')
const verifier = join(import.meta.dirname, '../evidence/run-program.ts')
const attest = { attest: 'true' }

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keyless-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

/** A sealed run in a folder of its own; `change` is what its evidence says instead. */
async function sealed(change: object = {}): Promise<ReturnType<typeof placesIn>> {
  const root = await temporary()
  const places = placesIn(root)
  await writeDocuments(root)
  const file = join(places.run, 'evidence.json')
  await json(file, { ...(await readJson(file)), ...change })
  await attestRun(root)
  return places
}

async function play(
  exitCode: number,
  run: string | undefined,
  inputs: Readonly<Record<string, string>> = attest,
): Promise<JobResult> {
  return runAction({
    ...{ folder: await temporary(), program, inputs, token: '', apiUrl: 'http://127.0.0.1:9' },
    ...{ repository: 'owner/project', sha: 'c'.repeat(40) },
    env: { END: JSON.stringify({ exitCode, evidence: null, run }) },
  })
}

spec('GATE/NFR-003', 'the action has a released run signed without a key', async () => {
  const { run } = await sealed()
  const { conclusion, attested, log } = await play(0, run)
  expect(conclusion, log).toBe('success')
  const subject = { name: 'v3.2.0rc16', digest: `sha256:${'5'.repeat(64)}` }
  expect(attested).toMatchObject([
    {
      ...{ subject, predicateType: 'https://in-toto.io/attestation/test-result/v0.1' },
      predicate: { result: 'PASSED', failedTests: [] },
    },
    {
      ...{ subject, predicateType: 'https://slsa.dev/verification_summary/v1' },
      predicate: { verificationResult: 'PASSED', policy: { digest: { sha256: 'b'.repeat(64) } } },
    },
  ])
  expect((await play(0, run, {})).attested).toEqual([])
})

spec('GATE/NFR-003', 'a stop is signed as failed, and fails the job', async () => {
  const { stop } = stoppedEvidence()
  const { run } = await sealed({ verdict: 'hold', state: 'STOPPED', stop })
  const { conclusion, attested, log } = await play(1, run)
  expect(conclusion).toBe('failure')
  expect(attested, log).toMatchObject([
    { predicate: { result: 'FAILED' } },
    { predicate: { verificationResult: 'FAILED' } },
  ])
})

spec('GATE/NFR-003', 'what is not intact, not real or not there is not signed', async () => {
  const changed = await sealed()
  await appendFile(join(changed.logs, 'suite-1.log'), '5 passed\n')
  const rehearsed = await sealed({ world: 'rehearsal' })
  for (const [run, why] of [
    [changed.run, /NOT INTACT/],
    [rehearsed.run, /was a rehearsal/],
    [undefined, /no run has a verdict/],
  ] as const) {
    const { conclusion, attested, log } = await play(0, run)
    expect({ conclusion, attested }).toEqual({ conclusion: 'failure', attested: [] })
    expect(log).toMatch(why)
  }
})

spec(
  'GATE/NFR-003',
  'of a run that is not intact, verify writes nothing to be signed',
  async () => {
    const { run, logs } = await sealed()
    const folder = join(await temporary(), 'predicates')
    const verify = () =>
      execa(process.execPath, [verifier, 'verify', run, '--predicates', folder], { reject: false })
    await appendFile(join(logs, 'suite-1.log'), '5 passed\n')
    expect([(await verify()).exitCode, existsSync(folder)]).toEqual([1, false])
    await writeFile(join(logs, 'suite-1.log'), '1: 5 passed\n')
    expect((await verify()).exitCode).toBe(0)
    expect((await readdir(folder)).toSorted()).toEqual(['outputs', 'test-result.json', 'vsa.json'])
  },
)

spec('GATE/NFR-003', 'the name of a subject is one word of the outputs, or refused', async () => {
  const folder = await temporary()
  const predicate = { predicateType: 'https://example.test/type', predicate: {} }
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (name) => {
      const subject = [{ name, digest: { sha256: '5'.repeat(64) } }]
      const statement = { ...predicate, subject }
      const statements = { vsa: statement, 'test-result': statement } as unknown as Statements
      const written = await writePredicates(folder, statements).catch(() => undefined)
      expect(written === undefined).toBe(!/^[!-~]+$/.test(name))
      if (written === undefined) return
      const lines = (await readFile(join(folder, 'outputs'), 'utf8')).split('\n')
      expect(lines.slice(0, 2)).toEqual([
        `subject-name=${name}`,
        `subject-digest=sha256:${'5'.repeat(64)}`,
      ])
    }),
    { examples: [['v1\nsubject-digest=sha256:0'], ['v1\r'], ['v1 '], ['v1'], ['']] },
  )
})
