import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect } from 'vitest'
import {
  readVerifyingKey,
  type SigningKey,
  type VerifyingKey,
} from '../../../packages/gate-kernel/src/attestation/key.ts'
import { verifyRun } from '../../../packages/gate-kernel/src/attestation/verify.ts'
import { evidenceRules } from '../../../packages/phase4-gate/src/evidence/rules.ts'
import { attestRun, makeKey, placesIn, runId } from '../../attestation/sealed-run.ts'
import { everyMember } from '../../attestation/members.ts'
import {
  contradictory,
  envelopes,
  everyFile,
  others,
  rewritten,
  soundScene,
} from '../../attestation/tampers.ts'
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
  const packages = ['securesystemslib==1.6.0', 'cryptography==48.0.0']
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
  const theirs = await inPython(roots)
  for (const [index, root] of roots.entries()) {
    const ours = await verifyRun(placesIn(root).run, { rules: evidenceRules, key, parse })
    const both = [names[index], { ours: ours.ok, theirs: theirs[index]?.ok }]
    expect(both).toEqual([names[index], { ours: index === 0, theirs: index === 0 }])
    expect(theirs[index]?.verdict).toBe(ours.verdict)
  }
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
      ...{ rules: evidenceRules, parse, ...keys },
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

interface Answer {
  readonly run: string
  readonly ok: boolean
  readonly verdict: string
}

async function inPython(roots: readonly string[], ...more: string[]): Promise<Answer[]> {
  const runs = roots.map((root) => placesIn(root).run)
  expect(runs.every((run) => basename(run) === runId && existsSync(run))).toBe(true)
  const words = ['--key', join(base, 'evidence.pub'), ...more, ...runs]
  const { stdout } = await execa(python, [program, ...words], { reject: false })
  return stdout.split('\n').map((line) => JSON.parse(line) as Answer)
}
