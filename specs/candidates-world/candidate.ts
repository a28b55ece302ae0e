import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { unzipSync } from 'fflate'
import { buildWheel, type CandidateSpec } from '../../fixtures/candidates/index.ts'
import { makeEnvironment } from '../../fixtures/installer/environment-folder.ts'
import { type HostedService, startHostedService } from '../../fixtures/service/index.ts'

interface Ran {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** A candidate of the real engine, installed, with a home, a project and a service of its own. */
export interface Installed extends AsyncDisposable {
  readonly service: HostedService
  readonly home: string
  run(...words: string[]): Promise<Ran>
  /** Logs in, creates a mission and walks its first package into review and back. */
  rejectReview(): Promise<void>
}

export async function install(candidate: CandidateSpec): Promise<Installed> {
  const folder = await mkdtemp(join(tmpdir(), 'candidate-'))
  const [service, binary] = await Promise.all([startHostedService(), unpack(folder, candidate)])
  const project = join(folder, 'project')
  const env = {
    HOME: join(folder, 'home'),
    SPEC_KITTY_HOME: join(folder, 'home', '.spec-kitty'),
    SPEC_KITTY_ENABLE_SAAS_SYNC: '1',
    SPEC_KITTY_SAAS_URL: service.url,
    PATH: process.env['PATH'],
  }
  await mkdir(env.SPEC_KITTY_HOME, { recursive: true })
  await execa('git', ['init', '--quiet', '--initial-branch=main', project], { env })
  const run = async (...words: string[]): Promise<Ran> => {
    const { exitCode, stdout, stderr } = await execa(binary, words, {
      cwd: project,
      env,
      extendEnv: false,
      reject: false,
    })
    return { exitCode, stdout, stderr }
  }
  return {
    service,
    home: env.SPEC_KITTY_HOME,
    run,
    rejectReview: async () => await rejectReview(project, run),
    async [Symbol.asyncDispose]() {
      await service.close()
      await rm(folder, { recursive: true })
    },
  }
}

async function unpack(folder: string, candidate: CandidateSpec): Promise<string> {
  const wheel = await buildWheel(candidate)
  const files = unzipSync(wheel.bytes)
  const { project, version, filename } = wheel
  const distInfo = `spec_kitty_cli-${version}.dist-info`
  const scripts = { 'spec-kitty': 'specify_cli:main' }
  const places = { venv: join(folder, 'venv'), binDir: join(folder, 'bin') }
  await makeEnvironment(places, [
    { project, version, filename, files, distInfo, requires: [], scripts, warnings: [] },
  ])
  return join(places.binDir, 'spec-kitty')
}

async function rejectReview(project: string, run: Installed['run']): Promise<void> {
  const feedback = join(project, 'feedback.md')
  await writeFile(feedback, 'The rollback has no test.\n')
  const move = [
    'agent',
    'tasks',
    'move-task',
    'WP01',
    '--mission',
    'demo',
    '--force',
    '--note',
    'onwards',
  ]
  await must(run('auth', 'login', '--headless'))
  await must(run('agent', 'mission', 'create', 'demo', '--json'))
  for (const lane of ['claimed', 'in_progress', 'for_review', 'in_review'])
    await must(run(...move, '--to', lane))
  await must(run(...move.slice(0, -2), '--to', 'planned', '--review-feedback-file', feedback))
}

async function must(running: Promise<Ran>): Promise<void> {
  const ran = await running
  if (ran.exitCode !== 0)
    throw new Error(`exit ${String(ran.exitCode)}: ${ran.stdout}\n${ran.stderr}`)
}

/** The newest captured lane change, as `journal list` shows it. */
export async function newestChange(candidate: Installed): Promise<Record<string, unknown>> {
  const listed = await candidate.run(
    'sync',
    'journal',
    'list',
    '--json',
    '--type',
    'WPStatusChanged',
    '--newest',
  )
  const { events } = JSON.parse(listed.stdout) as {
    events: { envelope: { payload: Record<string, unknown> } }[]
  }
  return events[0]?.envelope.payload ?? {}
}
