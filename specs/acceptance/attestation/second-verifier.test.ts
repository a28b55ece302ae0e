import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { execa } from 'execa'
import { afterAll, beforeAll, expect } from 'vitest'
import {
  readVerifyingKey,
  type SigningKey,
  type VerifyingKey,
} from '../../../packages/gate-kernel/src/attestation/key.ts'
import { verifyRun } from '../../../packages/gate-kernel/src/attestation/verify.ts'
import { gate } from '../../../gate/gate.ts'
import {
  attestRun,
  json,
  makeKey,
  placesIn,
  readJson,
  runId,
  writeDocuments,
} from '../../attestation/sealed-run.ts'
import { contradictory } from '../../attestation/contradictory.ts'
import { everyMember } from '../../attestation/members.ts'
import { everyValue } from '../../attestation/values.ts'
import { envelopes, everyFile, others, rewritten, soundScene } from '../../attestation/tampers.ts'
import { spec } from '../../spec.ts'
import { waivedRuns, writeWaivedRun } from './waived-runs.ts'

const program = join(import.meta.dirname, '../../../fixtures/verifier/verify_run.py')
let base: string
let python: string
let signing: SigningKey
let key: VerifyingKey

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'second-verifier-'))
  await execa('python3', ['-m', 'venv', join(base, 'venv')])
  python = join(base, 'venv', 'bin', 'python')
  const packages = ['securesystemslib==1.6.0', 'cryptography==48.0.0', 'jsonschema==4.26.0']
  await execa(python, ['-m', 'pip', 'install', '--quiet', ...packages])
  signing = await makeKey(base)
  key = await readVerifyingKey(join(base, 'evidence.pub'))
})
afterAll(() => rm(base, { recursive: true }))

spec('GATE/NFR-003', 'a verifier in Python agrees with ours on every tamper', async () => {
  const first = join(base, 'sound')
  await mkdir(first)
  const sound = await soundScene(first, signing)
  const tampers = [
    ...(await everyFile(sound.places)),
    ...contradictory,
    ...rewritten,
    ...envelopes,
    ...others,
    ...(await everyMember(sound.places)),
  ]
  expect(tampers.length).toBeGreaterThanOrEqual(200)
  const names = ['nothing', ...tampers.map(({ name }) => name)]
  const roots = [first]
  for (const [index, tamper] of tampers.entries()) {
    const root = join(base, `tampered-${index}`)
    await mkdir(root)
    await tamper.apply(await soundScene(root, signing))
    roots.push(root)
  }
  for (const [index, both] of (await judgedByBoth(roots)).entries()) {
    const expected = index === 0 ? { ok: true, verdict: 'release' } : unsound
    expect([names[index], both]).toEqual([names[index], { ours: expected, theirs: expected }])
  }
})

spec('GATE/NFR-003', 'both read each value of each document alike', async () => {
  const first = join(base, 'read')
  await mkdir(first)
  const tampers = await everyValue((await soundScene(first, signing)).places)
  expect(tampers.length).toBeGreaterThan(400)
  const names: string[] = []
  const roots: string[] = []
  for (const [index, tamper] of tampers.entries()) {
    const root = join(base, `read-${index}`)
    await mkdir(root)
    const scene = await soundScene(root, signing)
    // What is not even a list of requirements cannot be sealed by anybody.
    if ((await tamper.apply(scene).catch(() => 'unsealed')) === 'unsealed') continue
    names.push(tamper.name)
    roots.push(root)
  }
  const differing = (await judgedByBoth(roots)).flatMap(({ ours, theirs }, index) =>
    isDeepStrictEqual(ours, theirs) ? [] : [{ tamper: names[index], ours, theirs }],
  )
  expect(differing).toEqual([])
})

spec('GATE/NFR-003', 'both know a hold, however early the run ended', async () => {
  const roots: string[] = []
  const holdWithout = async (...missing: readonly string[]): Promise<void> => {
    const root = join(base, `hold-${roots.length}`)
    await mkdir(root)
    await writeDocuments(root)
    const { run } = placesIn(root)
    for (const name of missing) await rm(join(run, name), { recursive: true })
    const file = join(run, 'evidence.json')
    const evidence = { ...(await readJson(file)), verdict: 'hold' }
    await json(file, missing.length === 0 ? evidence : { ...evidence, attempt: null })
    await attestRun(root, signing)
    roots.push(root)
  }
  await holdWithout()
  await holdWithout('facts/teamspace.json')
  await holdWithout('facts/teamspace.json', 'facts/candidate.json')
  await holdWithout('facts', 'world.json')
  const hold = { ok: true, verdict: 'hold' }
  expect(await judgedByBoth(roots)).toEqual(roots.map(() => ({ ours: hold, theirs: hold })))
})

spec('GATE/NFR-003', 'a verifier in Python judges waivers as ours does', async () => {
  const owner = await makeKey(base, 'owner')
  const stranger = await makeKey(base, 'stranger')
  const waiverKey = await readVerifyingKey(join(base, 'owner.pub'))
  const found: unknown[] = []
  const roots: string[] = []
  for (const [name, change] of Object.entries(waivedRuns(owner, stranger))) {
    const root = join(base, `waived-${roots.length}`)
    await mkdir(root)
    await writeWaivedRun(root, change)
    await attestRun(root, signing)
    roots.push(root)
    const keys = { key, waiverKey }
    const { ok, verdict } = await verifyRun(placesIn(root).run, {
      ...{ gate, parse, ...keys },
    })
    found.push([name, { ok, verdict }])
  }
  const theirs = await inPython(roots, '--waiver-key', join(base, 'owner.pub'))
  expect(found.map((one, at) => [one, theirs[at]?.ok, theirs[at]?.verdict])).toEqual(
    found.map((one) => {
      const [, { ok, verdict }] = one as [string, { ok: boolean; verdict: string }]
      return [one, ok, verdict]
    }),
  )
  expect(found.map((one) => (one as [string, { verdict: string }])[1].verdict)).toEqual([
    'waived',
    ...Array.from({ length: found.length - 1 }, () => 'unknown'),
  ])
})

const parse = (bytes: Buffer): unknown => JSON.parse(bytes.toString('utf8'))

interface Judged {
  readonly ok: boolean
  readonly verdict: string
}

const unsound: Judged = { ok: false, verdict: 'unknown' }

async function judgedByBoth(roots: readonly string[]): Promise<{ ours: Judged; theirs: Judged }[]> {
  const theirs = await inPython(roots)
  return Promise.all(
    roots.map(async (root, index) => {
      const ours = await verifyRun(placesIn(root).run, { gate, key, parse })
      const { ok, verdict } = theirs[index] ?? unsound
      return { ours: { ok: ours.ok, verdict: ours.verdict }, theirs: { ok, verdict } }
    }),
  )
}

async function inPython(roots: readonly string[], ...more: string[]): Promise<Judged[]> {
  const runs = roots.map((root) => placesIn(root).run)
  expect(runs.every((run) => basename(run) === runId && existsSync(run))).toBe(true)
  const words = ['--key', join(base, 'evidence.pub'), ...more, ...runs]
  const { stdout } = await execa(python, [program, ...words], { reject: false })
  return stdout.split('\n').map((line) => JSON.parse(line) as Judged)
}
