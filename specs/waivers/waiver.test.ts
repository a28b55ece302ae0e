import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { expect } from 'vitest'
import { gate } from '../../gate/gate.ts'
import { keyId } from '../../packages/gate-kernel/src/attestation/key.ts'
import {
  openWaiver,
  signWaiver,
  type Waiver,
} from '../../packages/gate-kernel/src/attestation/waiver.ts'
import { conclude } from '../../packages/gate-kernel/src/report/conclude.ts'
import { verdictOfRun } from '../../packages/gate-kernel/src/report/run-verdict.ts'
import { perfectRun } from '../reporter/observations.ts'
import { spec } from '../spec.ts'

function keyPair() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    signing: { id: keyId(publicKey), privateKey },
    trusted: { id: keyId(publicKey), publicKey },
  }
}

const { signing, trusted } = keyPair()
const waiver: Waiver = {
  schemaVersion: 1,
  ...{ requirement: 'GATE/FR-001', candidate: 'v3.2.0rc16', who: 'the owner of the release' },
  reason: 'the second blocker is closed by hand tomorrow — agreed',
  ...{ until: '2026-06-01T00:00:00Z', issue: 'https://github.example/o/r/issues/7' },
}
const file = Buffer.from(signWaiver(waiver, signing))
const isHonoured = (bytes: Buffer): boolean => openWaiver(bytes, trusted).waiver !== null

spec('GATE/FR-011', 'what the owner signed is read as it was signed', () => {
  expect(openWaiver(file, trusted)).toMatchObject({ waiver })
})

spec(
  'GATE/FR-011',
  'a waiver of which any one byte is changed, added or missing is not honoured',
  () => {
    for (let place = 0; place < file.length; place += 1) {
      for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) {
        const changed = Buffer.from(file)
        changed[place] = (changed[place] ?? 0) ^ bit
        if (isHonoured(changed)) expect.fail(`byte ${place}, bit ${bit}`)
      }
      const [before, after] = [file.subarray(0, place), file.subarray(place)]
      for (const added of [' ', '\n', '=', 'A', ','])
        if (isHonoured(Buffer.concat([before, Buffer.from(added), after]))) expect.fail(`+${place}`)
      if (isHonoured(Buffer.concat([before, after.subarray(1)]))) expect.fail(`-${place}`)
    }
    expect(isHonoured(Buffer.concat([file, file]))).toBe(false)
    expect(isHonoured(Buffer.alloc(0))).toBe(false)
  },
)

spec(
  'GATE/FR-011',
  'a waiver of which any field is changed is not honoured under the old signature',
  () => {
    const { sig } = (JSON.parse(file.toString()) as { signatures: [{ sig: string }] }).signatures[0]
    const other = keyPair()
    fc.assert(
      fc.property(changedFields(waiver), fc.boolean(), (changed, isSignedAnew) => {
        const forged = signWaiver(changed, other.signing)
        const text = isSignedAnew
          ? forged.replace(other.signing.id, signing.id)
          : JSON.stringify(
              { ...(JSON.parse(forged) as object), signatures: [{ keyid: signing.id, sig }] },
              null,
              2,
            )
        expect(isHonoured(Buffer.from(forged))).toBe(false)
        expect(isHonoured(Buffer.from(text))).toBe(false)
        expect(isHonoured(Buffer.from(`${text}\n`))).toBe(false)
      }),
    )
  },
)

function changedFields(from: Waiver): fc.Arbitrary<Waiver> {
  const keys = ['requirement', 'candidate', 'reason', 'who', 'until', 'issue'] as const
  return fc
    .tuple(fc.constantFrom(...keys), fc.string({ minLength: 1 }))
    .map(([key, text]) => ({ ...from, [key]: `${from[key]}${text}` }))
}

spec(
  ['GATE/FR-011', 'GATE/FR-008'],
  'whatever is waived, in whatever way: nothing becomes a release',
  () => {
    const ways = fc.constantFrom(
      'pass',
      'waived fail',
      'waived blocked',
      'waived inconclusive',
      'fail',
    )
    fc.assert(
      fc.property(fc.array(ways, { minLength: 28, maxLength: 28 }), fc.boolean(), (all, dryRun) => {
        const run = { ...perfectRun(), dryRun }
        const modules = run.modules.map((module, place) => {
          const way = all[place] ?? 'pass'
          if (way === 'pass') return module
          const [kind, verdict = kind] = way.split(' ')
          const stop = {
            code: 'a-stop',
            verdict,
            cause: 'product',
            what: 'x',
            where: 'y',
            next: 'z',
          }
          const waiver = kind === 'waived' ? { waiver: 'a'.repeat(64) } : {}
          const meta = { id: gate.order[place], verdict, stop, ...waiver }
          return { ...module, tests: module.tests.map((test) => ({ ...test, meta })) }
        })
        const verdict = verdictOfRun(gate, { ...run, modules })
        const isPerfect = !dryRun && all.every((way) => way === 'pass')
        expect(verdict.publishable).toBe(isPerfect)
        const complete = { status: 'complete', record: {}, comments: [] } as const
        // Even if something published: it does not release.
        expect(conclude(gate, verdict, complete).verdict).toBe(isPerfect ? 'release' : 'hold')
        const passed = verdict.requirements.filter((one) => one.verdict === 'pass')
        expect(passed.every(({ waiver: by }) => by === undefined)).toBe(true)
        const first = all.findIndex((way) => way === 'fail' || way === 'waived inconclusive')
        const ran = verdict.requirements.filter((one) => one.verdict !== 'not-run')
        expect(ran).toHaveLength(first === -1 ? 28 : first + 1)
      }),
    )
  },
)
