import { createHash } from 'node:crypto'
import { unzipSync } from 'fflate'
import { expect } from 'vitest'
import { buildEventsWheel, buildWheel, type Wheel } from '../../fixtures/candidates/index.ts'
import { bundleEngine } from '../../fixtures/candidates/engine-bundle.ts'
import { spec } from '../spec.ts'
import { TINY_ENGINE } from './tiny-engine.ts'

spec(
  'GATE/FR-003',
  'a built candidate is a wheel whose metadata names version, script and dependency',
  async () => {
    const wheel = await buildWheel({ version: '3.2.0rc16', engine: TINY_ENGINE })
    expect(wheel.filename).toBe('spec_kitty_cli-3.2.0rc16-py3-none-any.whl')
    expect(wheel.sha256).toBe(createHash('sha256').update(wheel.bytes).digest('hex'))
    expect(text(wheel, 'METADATA')).toMatch(/^Version: 3\.2\.0rc16$/m)
    expect(text(wheel, 'METADATA')).toMatch(/^Requires-Dist: spec-kitty-events==5\.1\.0$/m)
    expect(text(wheel, 'entry_points.txt')).toContain('spec-kitty = specify_cli:main')
  },
)

spec(
  ['GATE/FR-004', 'GATE/NFR-004'],
  'RECORD holds the hash of every file of the wheel',
  async () => {
    const wheel = await buildWheel({ version: '3.2.0rc16', engine: TINY_ENGINE })
    const files = unzipSync(wheel.bytes)
    const rows = text(wheel, 'RECORD')
      .trim()
      .split('\n')
      .map((line) => line.split(','))
    expect(rows.map(([path]) => path).sort()).toEqual(Object.keys(files).sort())
    for (const [path = '', hash] of rows.filter(([, hash]) => hash !== '')) {
      const real = createHash('sha256')
        .update(files[path] ?? '')
        .digest('base64url')
      expect(`${path} ${hash}`).toBe(`${path} sha256=${real}`)
    }
  },
)

spec(
  'GATE/FR-003',
  'two builds of one source are the same bytes, another version is another wheel',
  async () => {
    const [one, again, other] = await Promise.all([
      buildWheel({ version: '3.2.0rc16', engine: TINY_ENGINE }),
      buildWheel({ version: '3.2.0rc16', engine: TINY_ENGINE }),
      buildWheel({ version: '3.2.0rc17', engine: TINY_ENGINE }),
    ])
    expect(again.sha256).toBe(one.sha256)
    expect(other.sha256).not.toBe(one.sha256)
  },
)

spec(
  'GATE/FR-007',
  'a defect that replaces a module the engine does not have refuses to build',
  async () => {
    await expect(bundleEngine(TINY_ENGINE, { gone: 'export {}' })).rejects.toThrow('gone')
  },
)

spec('GATE/FR-007', 'a replacement may wrap the module it replaces', async () => {
  const wrapped =
    "import { describeOwner as real } from 'original:'\nexport const describeOwner = () => real() + ' twice'\n"
  const modules = await bundleEngine(TINY_ENGINE, { owner: wrapped })
  const code = Object.values(modules)
    .map((bytes) => Buffer.from(bytes).toString('utf8'))
    .join('\n')
  expect(code).toContain('twice')
  expect(code).toContain('owned')
})

spec('GATE/FR-005', 'the events package is a wheel of its own', () => {
  const wheel = buildEventsWheel('5.1.0')
  expect(wheel.filename).toBe('spec_kitty_events-5.1.0-py3-none-any.whl')
  expect(text(wheel, 'METADATA')).toMatch(/^Name: spec-kitty-events$/m)
})

function text(wheel: Wheel, name: string): string {
  const files = unzipSync(wheel.bytes)
  const path = Object.keys(files).find((one) => one.endsWith(`.dist-info/${name}`))
  return Buffer.from(files[path ?? ''] ?? []).toString('utf8')
}
