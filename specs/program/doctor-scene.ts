import { execa } from 'execa'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { WorldInput } from '../../packages/phase4-gate/src/world/schema.ts'

const root = join(import.meta.dirname, '..', '..')
export const token = `ghp_${'x1Y2'.repeat(9)}`

export interface Finding {
  readonly subject: string
  readonly state: string
  readonly seen: string
  readonly next: string
}

export interface Site {
  readonly url: string
  /** Methods and paths that were asked for. */
  readonly requests: string[]
  /** Answers of the site; tests change them. */
  readonly behaviour: Behaviour
}

export interface Behaviour {
  scopes: string
  skewSeconds: number
  ready: number
  repositories: number
  login: string
  /** Laid over the true answer of a path. */
  changed: Record<string, Record<string, unknown>>
}

/** The true answers of GitHub and service, as far as the doctor reads them. */
function documents(path: string, url: string, { login, changed }: Behaviour): unknown {
  const place = path.split('?')[0] ?? ''
  const over = changed[place] ?? {}
  if (place === '/user') return { login }
  if (place.endsWith('timeline')) return []
  const issue = /^\/repos\/(o\/\w+)\/issues\/(\d+)$/.exec(place)
  if (issue !== null) return { ...issueOf(url, issue[1] ?? '', Number(issue[2])), ...over }
  const pull = /pulls\/(\d+)$/.exec(place)
  if (pull !== null) return { ...mergedPull, number: Number(pull[1]), ...over }
  if (/^\/repos\/o\/\w+$/.test(place))
    return { archived: false, permissions: { push: true }, ...over }
  if (place === '/pypi/spec-kitty-cli/json') return { ...project, ...over }
  if (place === '/health/') return { ...health, ...over }
  if (place === '/health/ready/') return { ...ready, ...over }
  return over
}

const references = {
  closedByPullRequestsReferences: { nodes: [], pageInfo: { hasNextPage: false } },
}

/** Which pull requests close the issue that is asked about: none. */
async function answerGraphQL(
  request: AsyncIterable<Uint8Array>,
  response: ServerResponse,
): Promise<void> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk)
  const { variables } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
    readonly variables?: { readonly number?: number }
  }
  const issue = { number: variables?.number, ...references }
  response.end(JSON.stringify({ data: { repository: { issue } } }))
}

const issueOf = (url: string, repository: string, number: number): Record<string, unknown> => {
  const isClosed = number > 1100
  const at = '2026-05-01T08:00:00Z'
  return {
    ...{ number, title: 't', state: isClosed ? 'closed' : 'open', locked: false, updated_at: at },
    ...{ state_reason: isClosed ? 'completed' : null, closed_at: isClosed ? at : null },
    ...{ html_url: `${url}/${repository}`, repository_url: `${url}/repos/${repository}` },
  }
}

const mergedPull = {
  ...{ title: 't', state: 'closed', merged: true, merged_at: '2026-05-01T08:00:00Z' },
  ...{ merge_commit_sha: 'a'.repeat(40), base: { ref: 'main' } },
}

const project = { info: { name: 'spec-kitty-cli', version: '3.2.0rc15' }, releases: {} }

const health = {
  ...{ status: 'ok', service: 'spec-kitty-saas', version: '1', git_sha: 'b'.repeat(40) },
  ...{
    build_timestamp: '2026-05-01T08:00:00Z',
    spec_kitty_events: '5.1.0',
    environment: 'deployed-dev',
  },
}
export const drain = {
  ...{ status: 'ok', oldest_pending_age_seconds: null, retryable_count: 0 },
  ...{ terminal_failed_count: 0, business_rule_rejected_count: 22 },
}
const ok = { status: 'ok' }
export const dependencies = {
  ...{ postgres: ok, redis: ok, channel_layer: ok, celery_broker: ok, drain_queue: drain },
}
const ready = { status: 'ready', dependencies }

/** GitHub, index and service on one loopback port: only what the doctor reads. */
async function startSite(): Promise<Site> {
  const behaviour: Behaviour = {
    ...{ scopes: 'repo, gist', skewSeconds: 0, ready: 200, repositories: 200 },
    ...{ login: 'release-operator', changed: {} },
  }
  const requests: string[] = []
  const server: Server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`)
    const sent = request.headers.authorization ?? ''
    const authorised = sent.replace(/^(?:token|bearer) /i, '') === token
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
    if (path === '/graphql') return void answerGraphQL(request, response)
    const body = documents(path, `http://${request.headers.host ?? ''}`, behaviour)
    response.end(JSON.stringify(status === 200 ? body : { message: 'No' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, behaviour }
}

/** A history whose next candidate is tagged, but not published yet. */
async function taggedHistory(folder: string): Promise<string> {
  const git = async (...words: string[]): Promise<string> => {
    const who = ['-c', 'user.name=o', '-c', 'user.email=o@example.org']
    return (await execa('git', ['-C', folder, ...who, ...words])).stdout.trim()
  }
  await git('init', '--quiet')
  await git('commit', '--quiet', '--allow-empty', '--message=baseline')
  await git('tag', 'v3.2.0rc16')
  return git('rev-parse', 'HEAD')
}

export async function prepare(): Promise<{ workspace: string; world: WorldInput; site: Site }> {
  const site = await startSite()
  const workspace = await mkdtemp(join(tmpdir(), 'doctor-'))
  onTestFinished(() => rm(workspace, { recursive: true }))
  for (const name of ['cli', 'events', 'e2e']) {
    await mkdir(join(workspace, name, '.git'), { recursive: true })
  }
  const baseline = await taggedHistory(join(workspace, 'cli'))
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
      baseline,
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

export async function doctor(
  world: WorldInput,
  workspace: string,
  secret = token,
  variables: Readonly<Record<string, string>> = {},
) {
  const config = join(workspace, 'live.json')
  await writeFile(config, JSON.stringify(world))
  const program = join(root, 'packages', 'canary-gate', 'bin', 'canary-gate.js')
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [program, 'doctor', '--config', config, '--json'],
    {
      ...{ reject: false, cwd: root },
      env: { DOCTOR_TOKEN: secret, CANARY_GATE_ARTIFACTS: join(workspace, 'runs'), ...variables },
    },
  )
  const { findings = [] } = (stdout === '' ? {} : JSON.parse(stdout)) as { findings?: Finding[] }
  const missing = findings.filter((one) => one.state === 'missing')
  return { exitCode, findings, missing, output: `${stdout}${stderr}` }
}
