import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, vi } from 'vitest'
import { harnessEnvironment } from '../../packages/phase4-gate/src/canary/environment.ts'
import { examineService } from '../../packages/phase4-gate/src/doctor/services.ts'
import { knownSecrets } from '../../packages/phase4-gate/src/world/known-secrets.ts'
import { exampleWorld } from '../../packages/phase4-gate/src/live-config/example.ts'
import { verifyIngressCapUnchanged } from '../../packages/phase4-gate/src/guards/requirements.ts'
import { openFingerprinter } from '../../packages/phase4-gate/src/interventions/fingerprint.ts'
import { openService, servicePaths } from '../../packages/phase4-gate/src/service/reader.ts'
import { worldSchema } from '../../packages/phase4-gate/src/world/schema.ts'
import { canaryWorld } from '../canary/world.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'

const tokenEnv = 'READER_TOKEN'
const token = 'reader-of-limits-1f3a'

interface Seen {
  readonly path: string
  readonly method: string
  readonly authorization: string | undefined
}

/** Stands before a service and tells its ingress limits to signed-in readers only. */
async function startLogin(service: {
  readonly url: string
}): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const { url: path = '', method = '', headers } = request
    seen.push({ path, method, authorization: headers.authorization })
    const isRefused = path === '/api/v1/sync/health/' && headers.authorization !== `Bearer ${token}`
    if (isRefused) response.writeHead(401).end('{}')
    else
      void fetch(`${service.url}${path}`).then(async (answer) => {
        response.writeHead(answer.status, { 'content-type': 'application/json' })
        response.end(await answer.text())
      })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

spec(
  'GATE/C-004',
  'limits behind a login are read with the token that the world names',
  async () => {
    await using world = await canaryWorld()
    const login = await startLogin(world.service)
    Object.assign(world.run.world.service, { url: login.url, tokenEnv })
    vi.stubEnv(tokenEnv, token)
    onTestFinished(() => void vi.unstubAllEnvs())
    await world.run.facts.write('stateBeforeSingle', await openFingerprinter(world.run).take())
    await verifyIngressCapUnchanged(world.run)

    world.service.ingress.limits.maxDecompressedBytesPerBatch *= 2
    const stop = await stopOf(verifyIngressCapUnchanged(world.run))
    expect(stop).toMatchObject({ code: 'ingress-cap-changed', verdict: 'fail' })
  },
)

spec('GATE/C-004', 'without that token the guard is undecided and says what to write', async () => {
  await using world = await canaryWorld()
  const { service } = world.run.world
  Object.assign(service, { url: (await startLogin(world.service)).url })
  await world.run.facts.write('stateBeforeSingle', await openFingerprinter(world.run).take())
  const next = async (): Promise<string> => {
    const stop = await stopOf(verifyIngressCapUnchanged(world.run))
    expect(stop).toMatchObject({ code: 'ingress-cap-unknown', verdict: 'inconclusive' })
    return stop.next
  }
  expect(await next()).toContain('service.tokenEnv')
  Object.assign(service, { tokenEnv })
  expect(await next()).toContain(`export ${tokenEnv}=`)
  vi.stubEnv(tokenEnv, 'another')
  onTestFinished(() => void vi.unstubAllEnvs())
  expect(await next()).toContain(`renew the token in ${tokenEnv}`)
})

spec(
  ['GATE/C-004', 'GATE/FR-009'],
  'the token goes with that one GET and nowhere else',
  async () => {
    await using world = await canaryWorld()
    const login = await startLogin(world.service)
    const reader = openService({ url: login.url, timeoutMs: 5000, tokenEnv }, { [tokenEnv]: token })
    for (const path of servicePaths) await reader.get(path)
    expect(login.seen.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET'])
    const carrying = login.seen.filter(({ authorization }) => authorization !== undefined)
    expect(carrying.map(({ path }) => path)).toEqual(['/api/v1/sync/health/'])

    const live = worldSchema.parse({
      ...exampleWorld,
      service: { ...exampleWorld.service, tokenEnv },
    })
    const env = { [tokenEnv]: token }
    expect(knownSecrets(live, env)).toEqual([token])
    expect(Object.values(harnessEnvironment(live, { bin: '', python: '' }, env))).not.toContain(
      token,
    )
  },
)

spec('GATE/C-004', 'doctor tells beforehand whether the limits will be told', async () => {
  await using world = await canaryWorld()
  const { url } = await startLogin(world.service)
  const states = async (named: object, env: Record<string, string>): Promise<string[]> => {
    const { run } = world
    const asked = { ...run.world, service: { ...run.world.service, url, ...named } }
    const found = await examineService(asked, env)
    return found
      .filter(({ subject }) => subject === 'service.tokenEnv')
      .map(({ state, next }) => `${state} ${next}`)
  }
  expect(await states({ tokenEnv }, { [tokenEnv]: token })).toEqual(['present '])
  expect(await states({ tokenEnv }, {})).toEqual([`missing export ${tokenEnv}=...`])
  const [renew] = await states({ tokenEnv }, { [tokenEnv]: 'another' })
  expect(renew).toContain(`missing renew the token in ${tokenEnv}`)
  expect((await states({}, {}))[0]).toContain('missing write service.tokenEnv = "NAME"')
})

spec('GATE/C-004', 'a token is never sent in the open to another machine', () => {
  const withUrl = (url: string) =>
    worldSchema.safeParse({ ...exampleWorld, service: { ...exampleWorld.service, url, tokenEnv } })
  expect(withUrl('https://service.example').success).toBe(true)
  expect(withUrl('http://127.0.0.1:8080').success).toBe(true)
  const open = withUrl('http://service.example')
  expect(open.error?.issues).toMatchObject([{ path: ['service', 'url'] }])
})
