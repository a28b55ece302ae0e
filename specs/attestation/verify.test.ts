import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { newestSeal } from '../../packages/gate-kernel/src/attestation/chain.ts'
import { seal } from '../../packages/gate-kernel/src/attestation/dsse.ts'
import {
  readSigningKey,
  readVerifyingKey,
  type SigningKey,
  type VerifyingKey,
} from '../../packages/gate-kernel/src/attestation/key.ts'
import type { RunReport } from '../../packages/gate-kernel/src/attestation/run-report.ts'
import { verifyRun } from '../../packages/gate-kernel/src/attestation/verify.ts'
import { gate } from '../../gate/gate.ts'
import { spec } from '../spec.ts'
import { attestRun, json, makeKey, placesIn, put, runId, writeDocuments } from './sealed-run.ts'
import { contradictory } from './contradictory.ts'
import { everyMember } from './members.ts'
import { envelopes, everyFile, others, rewritten, soundScene, type Tamper } from './tampers.ts'

const parse = (bytes: Buffer): unknown => JSON.parse(bytes.toString('utf8'))

let base: string
let signing: SigningKey
let key: VerifyingKey
let made = 0

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'attestation-'))
  signing = await makeKey(base)
  key = await readVerifyingKey(join(base, 'evidence.pub'))
})
afterAll(() => rm(base, { recursive: true }))

async function freshRoot(): Promise<string> {
  const root = join(base, `root-${(made += 1)}`)
  await mkdir(root)
  return root
}

async function verify(root: string, given: VerifyingKey | undefined = key): Promise<RunReport> {
  return verifyRun(placesIn(root).run, { gate, key: given, parse })
}

/** A seal over one file that names the one before it. */
const sealNaming = (id: string, previous: unknown): object => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'run/evidence.json', digest: { sha256: '1'.repeat(64) } }],
  predicateType: 'urn:canary-gate:run-seal:1',
  predicate: { runId: id, sealedAt: '2026-05-20T10:06:00.000Z', attempt: null, previous },
})

/** Names of the tampers that an auditor with the key would not notice. */
async function unnoticed(tampers: readonly Tamper[]): Promise<string[]> {
  const missed: string[] = []
  for (const tamper of tampers) {
    const scene = await soundScene(await freshRoot(), signing)
    await tamper.apply(scene)
    const report = await verify(scene.root)
    if (report.ok || report.problems.length === 0 || report.verdict !== 'unknown')
      missed.push(tamper.name)
  }
  return missed
}

spec('GATE/NFR-003', 'a sealed release is verified, its verdict derived again', async () => {
  const { root } = await soundScene(await freshRoot(), signing)
  const report = await verify(root)
  expect(report.problems).toEqual([])
  expect(report).toMatchObject({ ok: true, verdict: 'release', signature: 'by-key' })
  expect(report.files).toBeGreaterThan(15)
})

spec(
  'GATE/NFR-003',
  'every sealed file is noticed when edited, removed, linked or added',
  async () => {
    const { places } = await soundScene(await freshRoot(), signing)
    const tampers = await everyFile(places)
    expect(tampers.length).toBeGreaterThan(50)
    expect(await unnoticed(tampers)).toEqual([])
  },
)

spec(
  'GATE/NFR-003',
  'documents that contradict a release are noticed under the right key',
  async () => {
    expect(await unnoticed(contradictory)).toEqual([])
  },
)

spec('GATE/NFR-003', 'a consistent rewrite without the key is noticed', async () => {
  expect(await unnoticed(rewritten)).toEqual([])
})

spec('GATE/NFR-003', 'an envelope of another type, subject or signature is noticed', async () => {
  expect(await unnoticed([...envelopes, ...others])).toEqual([])
})

spec(
  'GATE/NFR-003',
  'whatever a statement says otherwise or besides is noticed, though it is signed and consistent',
  async () => {
    const { places } = await soundScene(await freshRoot(), signing)
    const tampers = await everyMember(places)
    expect(tampers.length).toBeGreaterThan(100)
    expect(await unnoticed(tampers)).toEqual([])
  },
)

spec('GATE/NFR-003', 'without a key the report says what is not proven', async () => {
  const { root } = await soundScene(await freshRoot(), signing)
  const unchecked = await verifyRun(placesIn(root).run, { gate, parse })
  expect(unchecked).toMatchObject({ ok: true, signature: 'not-checked' })
  expect(unchecked.limits.join()).toContain('give --key')
  const bare = await freshRoot()
  await writeDocuments(bare)
  await attestRun(bare)
  const unsigned = await verifyRun(placesIn(bare).run, { gate, parse })
  expect(unsigned).toMatchObject({ ok: true, signature: 'none' })
  expect(unsigned.limits.join()).toContain('rewritten everything consistently')
})

spec(
  'GATE/NFR-003',
  'each seal names the one before it; a rewritten one breaks the chain',
  async () => {
    const scene = await soundScene(await freshRoot(), signing)
    const earlier = join(scene.places.runs, '20260519T100000Z-0001', 'attestations')
    await put(join(earlier, 'seal.dsse.json'), 'the seal of yesterday')
    await rm(join(scene.places.run, 'attestations'), { recursive: true })
    await attestRun(scene.root, signing)
    expect((await verify(scene.root)).problems).toEqual([])
    await writeFile(join(earlier, 'seal.dsse.json'), 'another seal')
    expect((await verify(scene.root)).problems.join()).toContain('the run before')
  },
)

spec(
  'GATE/NFR-003',
  'a run whose clock was set back continues the chain and does not fork it',
  async () => {
    const { places, root } = await soundScene(await freshRoot(), signing)
    const earlierByName = '20260519T100000Z-0002'
    expect(await newestSeal(places.runs, earlierByName)).toMatchObject({ runId })
    await rename(places.run, join(root, 'kept'))
    expect(await newestSeal(places.runs, runId)).toBeNull()
    await rename(join(root, 'kept'), places.run)
    // A second run with the earlier name is sealed; a third one goes on from it.
    const second = join(places.runs, earlierByName, 'attestations')
    const previous = await newestSeal(places.runs, earlierByName)
    const envelope = seal(Buffer.from(JSON.stringify(sealNaming(earlierByName, previous))))
    await json(join(second, 'seal.dsse.json'), envelope)
    expect(await newestSeal(places.runs, '20260519T120000Z-0003')).toMatchObject({
      runId: earlierByName,
    })
  },
)

spec('GATE/NFR-003', 'a chain whose run before is elsewhere is said to be unchecked', async () => {
  const scene = await soundScene(await freshRoot(), signing)
  const earlier = join(scene.places.runs, '20260519T100000Z-0001')
  await put(join(earlier, 'attestations', 'seal.dsse.json'), 'the seal of yesterday')
  await rm(join(scene.places.run, 'attestations'), { recursive: true })
  await attestRun(scene.root, signing)
  expect((await verify(scene.root)).limits.join()).not.toContain('cannot be told')
  await rm(earlier, { recursive: true })
  const report = await verify(scene.root)
  expect(report).toMatchObject({ ok: true, verdict: 'release' })
  expect(report.limits.join()).toContain('20260519T100000Z-0001, is not beside this run')
})

spec('GATE/NFR-003', 'a hold is verified as a hold', async () => {
  const root = await freshRoot()
  await writeDocuments(root)
  const file = join(placesIn(root).run, 'evidence.json')
  const { readJson } = await import('./sealed-run.ts')
  await json(file, { ...(await readJson(file)), verdict: 'hold' })
  await attestRun(root, signing)
  expect(await verify(root)).toMatchObject({ ok: true, verdict: 'hold' })
})

spec('GATE/NFR-003', 'a key that is not an Ed25519 key is refused without quoting it', async () => {
  const file = join(base, 'wrong.key')
  await writeFile(file, '-----BEGIN PRIVATE KEY-----\nhunter2hunter2\n-----END PRIVATE KEY-----\n')
  for (const read of [readSigningKey, readVerifyingKey])
    await expect(read(file)).rejects.toThrow(/is not an Ed25519 \w+ key/)
  await expect(readSigningKey(file)).rejects.not.toThrow(/hunter2/)
  await expect(readVerifyingKey(join(base, 'evidence.key'))).rejects.toThrow('public key')
})
