import { execa } from 'execa'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import type { WorldInput } from '../../src/gate/world/schema.ts'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')
const token = `ghp_${'x1Y2'.repeat(9)}`

interface Finding {
  readonly subject: string
  readonly state: string
  readonly seen: string
  readonly next: string
}

interface Site {
  readonly url: string
  /** Methods and paths that were asked for. */
  readonly requests: string[]
  /** Answers of the site; tests change them. */
  readonly behaviour: { scopes: string; skewSeconds: number; ready: number; repositories: number }
}

/** GitHub, index and service on one loopback port: only what the doctor reads. */
async function startSite(): Promise<Site> {
  const behaviour = { scopes: 'repo, gist', skewSeconds: 0, ready: 200, repositories: 200 }
  const requests: string[] = []
  const server: Server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`)
    const authorised = request.headers.authorization === `Bearer ${token}`
    const path = request.url ?? ''
    const status = path.startsWith('/repos/')
      ? authorised
        ? behaviour.repositories
        : 401
      : path === '/health/ready/'
        ? behaviour.ready
        : 200
    response.writeHead(status, {
      'content-type': 'application/json',
      'x-oauth-scopes': behaviour.scopes,
      date: new Date(Date.now() - behaviour.skewSeconds * 1000).toUTCString(),
    })
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, behaviour }
}

async function prepare(): Promise<{ workspace: string; world: WorldInput; site: Site }> {
  const site = await startSite()
  const workspace = await mkdtemp(join(tmpdir(), 'doctor-'))
  onTestFinished(() => rm(workspace, { recursive: true }))
  for (const name of ['cli', 'events', 'e2e']) {
    await mkdir(join(workspace, name, '.git'), { recursive: true })
  }
  const at = (name: string): string => join(workspace, name)
  const program = { command: ['true'], cwd: at('e2e'), timeoutMs: 1000 }
  const world: WorldInput = {
    name: 'live',
    workspace,
    checkouts: { cli: at('cli'), events: at('events'), e2e: at('e2e') },
    github: {
      apiUrl: site.url,
      tokenEnv: 'DOCTOR_TOKEN',
      repositories: { cli: 'o/cli', events: 'o/events', e2e: 'o/e2e' },
    },
    candidate: {
      indexUrl: site.url,
      installer: { kind: 'pipx', command: ['true'], home: at('pipx'), binDir: at('bin') },
    },
    fixes: {
      criteria: { '1141': '1141', '1182': '1182' },
      testCommand: ['true', '{tests}', '{report}'],
    },
    service: { url: site.url },
    canary: { ...program, home: at('home') },
    teamspace: { ...program, logs: at('logs') },
  }
  return { workspace, world, site }
}

async function doctor(world: WorldInput, workspace: string, secret = token) {
  const config = join(workspace, 'live.json')
  await writeFile(config, JSON.stringify(world))
  const program = join(root, 'src', 'bin', 'canary-gate.js')
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [program, 'doctor', '--config', config, '--json'],
    { reject: false, cwd: root, env: { DOCTOR_TOKEN: secret } },
  )
  const { findings = [] } = (stdout === '' ? {} : JSON.parse(stdout)) as { findings?: Finding[] }
  const missing = findings.filter((one) => one.state === 'missing')
  return { exitCode, findings, missing, output: `${stdout}${stderr}` }
}

spec(['GATE/FR-005', 'GATE/C-008'], 'a sound configuration has nothing missing', async () => {
  const { workspace, world } = await prepare()
  const { exitCode, missing, findings } = await doctor(world, workspace)
  expect(missing).toEqual([])
  expect(exitCode).toBe(0)
  expect(findings.length).toBeGreaterThan(20)
})

spec(['GATE/FR-005', 'GATE/C-008'], 'everything that is missing is listed at once', async () => {
  const { workspace, world, site } = await prepare()
  Object.assign(site.behaviour, { ready: 503, skewSeconds: 3600, scopes: 'gist' })
  await rm(join(workspace, 'events', '.git'), { recursive: true })
  const broken: WorldInput = {
    ...world,
    canary: { ...world.canary, command: ['no-such-harness'], home: '/somewhere/else' },
    fixes: { ...world.fixes, testCommand: ['./missing-runner', '{tests}', '{report}'] },
  }
  const { exitCode, missing } = await doctor(broken, workspace)
  expect(exitCode).toBe(1)
  expect(missing.map((one) => one.subject).sort()).toEqual([
    'canary.command',
    'canary.home',
    'checkouts.events',
    'clock',
    'fixes.testCommand',
    'scopes of the token',
    'service.url',
  ])
  for (const finding of missing) expect(finding.next).not.toBe('')
})

spec(
  'GATE/FR-005',
  'nothing is changed: GET requests only, and no file beside the old ones',
  async () => {
    const { workspace, world, site } = await prepare()
    await doctor(world, workspace)
    const before = await readdir(workspace, { recursive: true })
    await doctor(world, workspace)
    expect(site.requests.length).toBeGreaterThan(5)
    expect(site.requests.filter((request) => !request.startsWith('GET '))).toEqual([])
    expect(await readdir(workspace, { recursive: true })).toEqual(before)
  },
)

spec(
  'GATE/FR-011',
  'a token that is missing or refused is named; the token itself never is',
  async () => {
    const { workspace, world, site } = await prepare()
    const without = await doctor(world, workspace, '')
    expect(without.missing.map((one) => one.subject)).toEqual(['github.tokenEnv'])
    site.behaviour.repositories = 403
    const refused = await doctor(world, workspace)
    expect(refused.missing.map((one) => one.subject)).toContain('github.repositories.e2e')
    expect(refused.output).not.toContain(token)
  },
)

spec('GATE/FR-005', 'a service that does not answer at all is missing, not a crash', async () => {
  const { workspace, world } = await prepare()
  const nowhere = { ...world, service: { url: 'http://127.0.0.1:9' } }
  const { exitCode, missing } = await doctor(nowhere, workspace)
  expect(exitCode).toBe(1)
  expect(missing.map((one) => one.subject)).toEqual(['service.url', 'service.url'])
})

spec(
  ['GATE/FR-007', 'GATE/FR-013'],
  'a script or test file that a command names and its folder lacks is missing now, not hours later',
  async () => {
    const { workspace, world } = await prepare()
    await writeFile(join(workspace, 'e2e', 'there.sh'), '')
    const command = ['true', './there.sh', 'scripts/canary.sh', '-m', 'tests/test_a.py', 'a/b']
    const changed = { ...world, canary: { ...world.canary, command } }
    const { missing } = await doctor(changed, workspace)
    expect(missing.map(({ subject, seen }) => `${subject}: ${seen}`)).toEqual([
      `canary.command: no file scripts/canary.sh in ${join(workspace, 'e2e')}`,
      `canary.command: no file tests/test_a.py in ${join(workspace, 'e2e')}`,
    ])
  },
)

spec('GATE/FR-002', 'a criterion that is none, a test command without its places', async () => {
  const { workspace, world } = await prepare()
  const absent = join(workspace, 'absent.json')
  for (const named of ['src/gate/fix-substance/criteria/1141.json', absent, '1183']) {
    const fixes = { criteria: { '1141': named, '1182': '1182' }, testCommand: ['true'] }
    const { exitCode, missing } = await doctor({ ...world, fixes }, workspace)
    expect(exitCode).toBe(1)
    const [criterion, command, ...others] = missing
    expect(criterion).toMatchObject({ subject: 'fixes.criteria.1141' })
    expect(criterion?.seen).toContain(named)
    expect(command).toMatchObject({ subject: 'fixes.testCommand' })
    expect(command?.next).toContain('add {tests} and {report}')
    expect(others).toEqual([])
  }
})
