import { chmod, cp, link, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'
import { sealAttempt, sealRecordOf } from '../../packages/gate-kernel/src/evidence/seal.ts'
import { verifyEvidence } from '../../packages/gate-kernel/src/evidence/verify.ts'
import { spec } from '../spec.ts'
import { tampering } from './tampering.ts'
import { remove } from './workspace.ts'

interface Sealed extends AsyncDisposable {
  readonly folder: string
  readonly manifestSha256: string
}

async function sealed(files: Record<string, string> = usual): Promise<Sealed> {
  const root = await mkdtemp(join(tmpdir(), 'sealed-'))
  const folder = join(root, 'v3.2.0rc16-attempt1')
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  const { manifestSha256 } = await sealAttempt(folder)
  return { folder, manifestSha256, [Symbol.asyncDispose]: () => remove(root) }
}

const usual = {
  'latest.json': '{"run":4}',
  'runs/run-1.json': '{"run":1}',
  'runs/run-2.json': '{"run":2}',
  'harness.log': 'all four scenarios pass\n',
}

async function writable(folder: string): Promise<void> {
  for (const path of ['', 'runs']) await chmod(join(folder, path), 0o755).catch(() => undefined)
  const files = ['manifest.json', ...Object.keys(usual)]
  for (const file of files) await chmod(join(folder, file), 0o644).catch(() => undefined)
}

spec('GATE/NFR-003', 'a sealed attempt verifies and is read-only', async () => {
  await using evidence = await sealed()
  const report = await verifyEvidence(evidence.folder)
  expect(report).toMatchObject({ ok: true, problems: [], files: 4 })
  expect(report.manifestSha256).toBe(evidence.manifestSha256)
  for (const path of ['', 'runs', 'runs/run-1.json', 'latest.json', 'manifest.json']) {
    expect((await stat(join(evidence.folder, path))).mode & 0o222, path).toBe(0)
  }
})

for (const [name, tamper, problem] of tampering) {
  spec('GATE/NFR-003', `verification finds ${name}`, async () => {
    await using evidence = await sealed()
    await writable(evidence.folder)
    await tamper(evidence.folder)
    const report = await verifyEvidence(evidence.folder)
    expect(report.ok).toBe(false)
    expect(report.problems.join('\n')).toMatch(problem)
  })
}

spec(
  'GATE/NFR-003',
  'rewritten evidence with a rewritten seal is found by the digest kept elsewhere',
  async () => {
    await using evidence = await sealed()
    await writable(evidence.folder)
    await writeFile(join(evidence.folder, 'latest.json'), '{"run":5}')
    await rm(join(evidence.folder, 'manifest.json'))
    await rm(sealRecordOf(evidence.folder))
    await sealAttempt(evidence.folder)
    expect((await verifyEvidence(evidence.folder)).ok).toBe(true)
    const anchor = { from: 'the comment', manifestSha256: evidence.manifestSha256 }
    const report = await verifyEvidence(evidence.folder, [anchor])
    expect(report.problems.join()).toMatch(/manifest changed.*the comment/)
  },
)

spec('GATE/NFR-003', 'an attempt in the place of another is found', async () => {
  await using evidence = await sealed()
  const other = join(evidence.folder, '..', 'v3.2.0rc16-attempt2')
  await cp(evidence.folder, other, { recursive: true })
  await cp(sealRecordOf(evidence.folder), sealRecordOf(other))
  const report = await verifyEvidence(other)
  expect(report.problems.join()).toMatch(/the manifest is that of v3\.2\.0rc16-attempt1/)
  expect(report.problems.join()).toMatch(/the seal record is that of v3\.2\.0rc16-attempt1/)
  await remove(other)
})

spec(
  'GATE/NFR-003',
  'a copy without any record of its seal is refused unless the digest is given',
  async () => {
    await using evidence = await sealed()
    const copy = join(evidence.folder, '..', 'copy')
    await cp(evidence.folder, copy, { recursive: true })
    expect((await verifyEvidence(copy)).problems.join()).toMatch(/no record of the seal/)
    const anchor = { from: 'the auditor', manifestSha256: evidence.manifestSha256 }
    expect((await verifyEvidence(copy, [anchor])).ok).toBe(true)
    await remove(copy)
  },
)

spec('GATE/NFR-003', 'an attempt is sealed once', async () => {
  await using evidence = await sealed()
  await writable(evidence.folder)
  await expect(sealAttempt(evidence.folder)).rejects.toThrow(/sealed already/)
})

spec(
  'GATE/NFR-003',
  'a live secret in any file, binary ones too, keeps the attempt from being sealed',
  async () => {
    const token = `github_pat_${'A1b2'.repeat(8)}`
    await expect(sealed({ 'dump.bin': `\u0000\u0001${token}\u0000` })).rejects.toThrow(
      /live secret/,
    )
  },
)

spec(
  'GATE/NFR-003',
  'equal evidence has an equal manifest, whatever the order of writing',
  async () => {
    const path = fc.stringMatching(/^[a-z]{1,6}(\/[a-z]{1,6})?$/)
    const tree = fc.dictionary(path, fc.string(), { minKeys: 1, maxKeys: 6 })
    await fc.assert(
      fc.asyncProperty(tree, async (files) => {
        const names = Object.keys(files)
        fc.pre(!names.some((name) => names.some((other) => other.startsWith(`${name}/`))))
        const root = await mkdtemp(join(tmpdir(), 'order-'))
        const now = new Date(0)
        const digests: string[] = []
        for (const order of [names, [...names].reverse()]) {
          const folder = join(root, String(digests.length), 'attempt')
          for (const name of order) {
            await mkdir(join(folder, name, '..'), { recursive: true })
            await writeFile(join(folder, name), `safe ${files[name]!.length}`)
          }
          digests.push((await sealAttempt(folder, { now })).manifestSha256)
        }
        await remove(root)
        expect(digests[0]).toBe(digests[1])
      }),
      { numRuns: 20 },
    )
  },
)

spec('GATE/NFR-003', 'a file with a second name outside the attempt is not sealed', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sealed-'))
  const folder = join(root, 'v3.2.0rc16-attempt1')
  await mkdir(folder)
  await writeFile(join(root, 'elsewhere.json'), '{"run":1}')
  await link(join(root, 'elsewhere.json'), join(folder, 'run-1.json'))
  await expect(sealAttempt(folder)).rejects.toThrow(/further names.*run-1\.json has 2 names/)
  await remove(root)
})

spec('GATE/NFR-003', 'an attempt with a link in it is not sealed', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sealed-'))
  await writeFile(join(root, 'elsewhere.json'), '{"run":1}')
  const folder = join(root, 'v3.2.0rc16-attempt1')
  await mkdir(folder)
  await symlink(join(root, 'elsewhere.json'), join(folder, 'run-1.json'))
  await expect(sealAttempt(folder)).rejects.toThrow(/not a plain file: run-1\.json/)
  await remove(root)
})

spec('GATE/NFR-003', 'what is no folder is no evidence', async () => {
  await using evidence = await sealed()
  const { problems } = await verifyEvidence(join(evidence.folder, 'latest.json'))
  expect(problems).toEqual(['not a folder'])
})

spec('GATE/NFR-003', 'names in any script and names that look alike are told apart', async () => {
  const [composed, decomposed] = ['caf\u00e9.json', 'cafe\u0301.json']
  await using evidence = await sealed({ [composed]: '1', [decomposed]: '2', '証拠 🗂.log': '3' })
  expect(await verifyEvidence(evidence.folder)).toMatchObject({ ok: true, files: 3 })
  await chmod(evidence.folder, 0o755)
  await rm(join(evidence.folder, decomposed), { force: true })
  const { problems } = await verifyEvidence(evidence.folder)
  expect(problems).toEqual([`missing: ${decomposed}`])
})
