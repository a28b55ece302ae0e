import fc from 'fast-check'
import { expect } from 'vitest'
import { startHostedService } from '../../fixtures/service/index.ts'
import { tryMutatingService } from '../../packages/phase4-gate/src/guards/attempts.ts'
import {
  openService,
  servicePaths,
  type ServicePath,
} from '../../packages/phase4-gate/src/service/reader.ts'
import { spec } from '../spec.ts'

spec(
  ['GATE/C-002', 'GATE/FR-009'],
  'no sequence of calls makes the service client send anything but GET',
  async () => {
    await using service = await startHostedService()
    const path = fc.oneof(
      fc.constantFrom<string>(
        ...servicePaths,
        '/api/v1/events/batch/',
        '/admin/rows',
        '/health/?x=1',
      ),
      fc.webPath(),
      fc.string(),
    )
    const extra = fc.constantFrom(undefined, { method: 'POST', body: '{}' }, 'DELETE')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(path, extra), { maxLength: 5 }), async (calls) => {
        const reader = openService({ url: service.url, timeoutMs: 20_000 })
        for (const [one, other] of calls) {
          const call: unknown = Reflect.apply(reader.get, reader, [one as ServicePath, other])
          await Promise.resolve(call).catch(() => undefined)
        }
      }),
      { numRuns: 60 },
    )
    expect(service.requests.length).toBeGreaterThan(0)
    for (const request of service.requests) {
      expect(request).toMatchObject({ method: 'GET', query: '', bodyBytes: 0 })
      expect(servicePaths).toContain(request.path)
    }
  },
)

spec(
  'GATE/FR-009',
  'the client refuses every attempt to change the service before a request leaves',
  async () => {
    await using service = await startHostedService()
    expect(await tryMutatingService({ url: service.url, timeoutMs: 20_000 })).toEqual([])
    expect(service.requests).toEqual([])
  },
)

spec('GATE/C-002', 'a redirect to another path is not followed', async () => {
  await using service = await startHostedService({
    faults: [
      {
        route: 'GET /health/',
        effect: { kind: 'answer', status: 302, headers: { location: '/admin/rows' } },
      },
    ],
  })
  const reader = openService({ url: service.url, timeoutMs: 20_000 })
  expect(await reader.get('/health/')).toMatchObject({ kind: 'answer', status: 302 })
  expect(service.requests.map(({ path }) => path)).toEqual(['/health/'])
})
