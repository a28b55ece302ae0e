import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import { buildEventsWheel } from '../../fixtures/candidates/index.ts'
import { startPackageIndex } from '../../fixtures/index/index.ts'
import { spec } from '../spec.ts'

const [v500, v510, v520a1] = ['5.0.0', '5.1.0', '5.2.0a1'].map((version) =>
  buildEventsWheel(version),
) as [
  ReturnType<typeof buildEventsWheel>,
  ReturnType<typeof buildEventsWheel>,
  ReturnType<typeof buildEventsWheel>,
]

interface ProjectDocument {
  readonly info: { readonly version: string }
  readonly releases: Record<string, { url: string; yanked: boolean; digests: { sha256: string } }[]>
}

spec(
  'GATE/FR-003',
  'the project document lists every release with its digest and speaks of the newest final one',
  async () => {
    await using index = await startPackageIndex({ wheels: [v520a1, v500, v510] })
    const document = (await (
      await fetch(`${index.url}/pypi/spec_kitty.events/json`)
    ).json()) as ProjectDocument
    expect(document.info.version).toBe('5.1.0')
    expect(Object.keys(document.releases)).toEqual(['5.0.0', '5.1.0', '5.2.0a1'])
    const [file] = document.releases['5.1.0'] ?? []
    const bytes = Buffer.from(await (await fetch(file?.url ?? '')).arrayBuffer())
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(file?.digests.sha256)
  },
)

spec(
  'GATE/FR-003',
  'the simple page comes as JSON to who asks for it and as HTML otherwise',
  async () => {
    await using index = await startPackageIndex({
      wheels: [v510, { wheel: v500, yanked: 'broken "lanes"' }],
    })
    const url = `${index.url}/simple/spec-kitty-events/`
    const json = await fetch(url, { headers: { accept: 'application/vnd.pypi.simple.v1+json' } })
    expect(json.headers.get('content-type')).toBe('application/vnd.pypi.simple.v1+json')
    expect(await json.json()).toMatchObject({
      versions: ['5.0.0', '5.1.0'],
      files: [{ yanked: 'broken "lanes"' }, { yanked: false, hashes: { sha256: v510.sha256 } }],
    })
    const html = await (await fetch(url)).text()
    expect(html).toContain(`#sha256=${v510.sha256}`)
    expect(html).toContain('data-yanked="broken &quot;lanes&quot;"')
  },
)

spec(
  'GATE/FR-003',
  'what is not on offer is 404, and troubles show as they would on a real index',
  async () => {
    await using index = await startPackageIndex({
      wheels: [
        { wheel: v510, trouble: 'removed' },
        { wheel: v500, trouble: 'wrong-digest' },
      ],
    })
    const statusOf = async (path: string) => (await fetch(`${index.url}${path}`)).status
    expect(await statusOf('/pypi/other/json')).toBe(404)
    expect(await statusOf('/pypi/spec-kitty-events/9.9.9/json')).toBe(404)
    expect(await statusOf('/pypi/spec-kitty-events/5.1.0/json')).toBe(200)
    expect(await statusOf(`/files/${v510.filename}`)).toBe(404)
    const listed = (await (
      await fetch(`${index.url}/pypi/spec-kitty-events/json`)
    ).json()) as ProjectDocument
    expect(listed.releases['5.0.0']?.[0]?.digests.sha256).not.toBe(v500.sha256)
  },
)

spec('GATE/FR-003', 'the index answers as its faults say', async () => {
  await using index = await startPackageIndex({
    wheels: [v510],
    faults: [{ route: 'GET /pypi/*', nth: [1], effect: { kind: 'answer', status: 503 } }],
  })
  const statusOf = async () => (await fetch(`${index.url}/pypi/spec-kitty-events/json`)).status
  expect([await statusOf(), await statusOf()]).toEqual([503, 200])
})
