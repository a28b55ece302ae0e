import { expect } from 'vitest'
import { packWheel } from '../../fixtures/candidates/index.ts'
import type { Answer, Routes } from '../../fixtures/http/requests.ts'
import { serve } from '../../fixtures/http/server.ts'
import { startPackageIndex } from '../../fixtures/index/index.ts'
import { download, readPublished } from '../../packages/phase4-gate/src/candidates/package-index.ts'
import type { Published } from '../../packages/phase4-gate/src/candidates/published.ts'
import { GateStop } from '../../packages/gate-kernel/src/stop/verdict.ts'
import { spec } from '../spec.ts'

const digest = 'a'.repeat(64)

spec('GATE/FR-003', 'a mirror may name its files relative to its page', async () => {
  const file = {
    filename: 'tool-1.0-py3-none-any.whl',
    packagetype: 'bdist_wheel',
    url: '../../files/tool-1.0-py3-none-any.whl',
    digests: { sha256: digest },
    yanked: false,
  }
  const info = { name: 'tool' }
  await using mirror = await serve(() => ({
    'GET /mirror/pypi/tool/json': () => ({
      status: 200,
      body: { info, releases: { '1.0': [file] } },
    }),
    'GET /mirror/files/tool-1.0-py3-none-any.whl': () => ({ status: 200, body: Buffer.from('w') }),
  }))
  const published = await readPublished(`${mirror.url}/mirror/`, 'tool')
  const [wheel] = published.get('1.0') ?? []
  expect(wheel?.url).toBe(`${mirror.url}/mirror/files/tool-1.0-py3-none-any.whl`)
  if (wheel !== undefined) expect(await download(wheel)).toEqual(new Uint8Array([119]))
})

/** What a mirror without the JSON document serves at the one page that installers read. */
function onlySimple(page: Answer): Routes {
  return {
    'GET /simple/my-tool/': () => page,
    'GET /*': () => ({ status: 404, body: 'not here' }),
  }
}

const html = (body: string): Answer => ({
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: Buffer.from(
    `<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>${body}</body></html>`,
  ),
})

const twoReleases = `<h1>Links &amp; more</h1>
<a href="../../f/my_tool-1.0-py3-none-any.whl#sha256=${digest}" data-requires-python="&gt;=3.11">my_tool-1.0-py3-none-any.whl</a><br>
<a href="../../f/my-tool-1.0.tar.gz#sha256=${digest}">my-tool-1.0.tar.gz</a><br/>
<a href="../../f/my_tool-1.1rc1-1-py3-none-any.whl#sha256=${digest}" data-yanked="broken">my_tool-1.1rc1-1-py3-none-any.whl</a>
<a href="../../f/my_tool-1.1rc1-1-py3-none-any.whl.asc#sha256=${digest}">my_tool-1.1rc1-1-py3-none-any.whl.asc</a>`

spec(
  'GATE/FR-003',
  'a mirror without the JSON document is read as installers read it',
  async () => {
    await using mirror = await serve(() => onlySimple(html(twoReleases)))
    const published = await readPublished(`${mirror.url}/simple`, 'My.Tool')
    expect([...published.keys()]).toEqual(['1.0', '1.1rc1'])
    expect(published.get('1.0')).toMatchObject([
      { packagetype: 'bdist_wheel', yanked: false, digests: { sha256: digest } },
      { packagetype: 'sdist', yanked: false },
    ])
    expect(published.get('1.1rc1')).toMatchObject([{ yanked: true, yanked_reason: 'broken' }])
    expect(published.get('1.0')?.[0]?.url).toContain(`${mirror.url}/f/my_tool-1.0-py3-none-any.whl`)
  },
)

spec('GATE/FR-003', 'the simple page as JSON says the same as the JSON document', async () => {
  const wheels = ['3.2.0rc15', '3.2.0rc16'].map((version) =>
    packWheel({ project: 'my-tool', version, summary: 'x', requires: [], scripts: {}, files: {} }),
  )
  await using index = await startPackageIndex({ wheels })
  const whole = await readPublished(index.url, 'my-tool')
  const gone = { route: 'GET /pypi/*', effect: { kind: 'answer', status: 404, body: {} } } as const
  index.faults.push(gone)
  const simple = await readPublished(index.url, 'my-tool')
  expect(essence(simple)).toEqual(essence(whole))
  expect(index.requests.at(-1)?.path).toBe('/simple/my-tool/')
})

function essence(published: Published): unknown {
  return [...published].map(([version, files]) => [
    version,
    files.map(({ filename, url, digests }) => ({ filename, url, sha256: digests.sha256 })),
  ])
}

const unreadable: Readonly<Record<string, Answer>> = {
  'a page without links, as a captive portal serves it': html('<p>Sign in</p>'),
  'a file without its SHA-256': html(
    '<a href="my_tool-1.0-py3-none-any.whl">my_tool-1.0-py3-none-any.whl</a>',
  ),
  'an error': { status: 403, body: 'no' },
}
for (const [what, page] of Object.entries(unreadable))
  spec('GATE/FR-003', `${what} is inconclusive, not a project without releases`, async () => {
    await using mirror = await serve(() => onlySimple(page))
    const stop: unknown = await readPublished(mirror.url, 'my-tool').catch((e: unknown) => e)
    expect(stop).toBeInstanceOf(GateStop)
    expect((stop as GateStop).report).toMatchObject({ code: 'index-unreadable' })
  })

spec('GATE/FR-003', 'a project that neither page knows has no releases', async () => {
  await using mirror = await serve(() => onlySimple(html(twoReleases)))
  expect((await readPublished(mirror.url, 'other')).size).toBe(0)
})

spec('GATE/FR-003', 'an index that moved is followed', async () => {
  await using mirror = await serve(() => onlySimple(html(twoReleases)))
  await using old = await serve(() => ({
    'GET /*': ({ url }) => ({
      status: 301,
      headers: { location: `${mirror.url}${url.pathname}` },
      body: '',
    }),
  }))
  expect((await readPublished(old.url, 'my-tool')).size).toBe(2)
})

spec(
  'GATE/FR-003',
  'the login in the address of a private index is sent as such, and appears in no error',
  async () => {
    const seen: unknown[] = []
    await using mirror = await serve(() => ({
      'GET /*': ({ headers }) => {
        seen.push(headers.authorization)
        return { status: 403, body: 'no' }
      },
    }))
    const address = mirror.url.replace('http://', 'http://reader:s3cret%2Fword@')
    const stop: unknown = await readPublished(address, 'my-tool').catch((e: unknown) => e)
    expect(seen).toEqual([`Basic ${btoa('reader:s3cret/word')}`])
    expect(JSON.stringify((stop as GateStop).report)).not.toContain('s3cret')
  },
)
