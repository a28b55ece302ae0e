import { expect } from 'vitest'
import { serve } from '../../fixtures/http/server.ts'
import { download, readPublished } from '../../src/gate/candidates/package-index.ts'
import { spec } from '../spec.ts'

spec('GATE/FR-003', 'a mirror may name its files relative to its page', async () => {
  const file = {
    filename: 'tool-1.0-py3-none-any.whl',
    packagetype: 'bdist_wheel',
    url: '../../files/tool-1.0-py3-none-any.whl',
    digests: { sha256: 'a'.repeat(64) },
  }
  await using mirror = await serve(() => ({
    'GET /mirror/pypi/tool/json': () => ({ status: 200, body: { releases: { '1.0': [file] } } }),
    'GET /mirror/files/tool-1.0-py3-none-any.whl': () => ({ status: 200, body: Buffer.from('w') }),
  }))
  const published = await readPublished(`${mirror.url}/mirror/`, 'tool')
  const [wheel] = published.get('1.0') ?? []
  expect(wheel?.url).toBe(`${mirror.url}/mirror/files/tool-1.0-py3-none-any.whl`)
  if (wheel !== undefined) expect(await download(wheel)).toEqual(new Uint8Array([119]))
})
