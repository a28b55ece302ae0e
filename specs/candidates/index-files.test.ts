import { expect } from 'vitest'
import { readDocument } from '../../packages/phase4-gate/src/candidates/package-index.ts'
import { readSimplePage } from '../../packages/phase4-gate/src/candidates/simple-page.ts'
import { spec } from '../spec.ts'

const project = 'spec-kitty-cli'
const version = '3.2.0rc16'
const filename = `spec_kitty_cli-${version}-py3-none-any.whl`
const digest = 'a'.repeat(64)

interface Told {
  readonly filename?: string
  readonly packagetype?: string
  readonly sha256?: string
}

/** The three forms in which an index tells of one file. */
const forms: Readonly<Record<string, (told: Told) => ReturnType<typeof readDocument>>> = {
  document: ({ packagetype = 'bdist_wheel', sha256 = digest, ...told }) => {
    const url = 'https://files.example/a.whl'
    const file = { filename, packagetype, url, yanked: false, digests: { sha256 }, ...told }
    return readDocument(
      JSON.stringify({ info: { name: project }, releases: { [version]: [file] } }),
      project,
    )
  },
  'simple page, JSON': ({ sha256 = digest }) => {
    const file = { filename, url: 'https://files.example/a.whl', hashes: { sha256 } }
    const meta = { 'api-version': '1.0' }
    return readSimplePage(JSON.stringify({ meta, name: project, files: [file] }), project)
  },
  'simple page, HTML': ({ sha256 = digest }) =>
    readSimplePage(
      `<html><body><a href="https://files.example/a.whl#sha256=${sha256}">${filename}</a></body></html>`,
      project,
    ),
}

const digests = [digest.slice(1), `${digest}0`, digest.toUpperCase(), `${digest.slice(1)}g`, '']

for (const [form, read] of Object.entries(forms))
  spec(
    ['GATE/FR-003', 'GATE/NFR-004'],
    `a file without a whole SHA-256 is refused: ${form}`,
    () => {
      expect([...read({}).keys()]).toEqual([version])
      for (const sha256 of digests) expect(() => read({ sha256 }), sha256).toThrow()
    },
  )

spec(
  'GATE/FR-003',
  'a file of a kind that no index has, or with a path in its name, is refused',
  () => {
    const read = forms['document'] ?? (() => new Map())
    for (const packagetype of ['wheel', 'BDIST_WHEEL', 'bdist_wheel ', ''])
      expect(() => read({ packagetype }), packagetype).toThrow()
    for (const name of [`../${filename}`, `${filename}\n`, `a b-${filename}`, `${filename}?x`, ''])
      expect(() => read({ filename: name }), name).toThrow()
  },
)

spec(
  'GATE/FR-003',
  'a file that has the mark of being withdrawn is withdrawn, with or without a reason',
  () => {
    const page = (mark: string): boolean =>
      readSimplePage(
        `<a href="https://files.example/a.whl#sha256=${digest}"${mark}>${filename}</a>`,
        project,
      ).get(version)?.[0]?.yanked === true
    expect([' data-yanked="broken"', ' data-yanked=""', ' data-yanked'].map(page)).toEqual([
      true,
      true,
      true,
    ])
    expect(page('')).toBe(false)
  },
)
