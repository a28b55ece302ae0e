import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseJson } from '@canary-gate/documents'
import { describeOutcome, type ProgramOutcome, runProgram } from '@canary-gate/programs'
import { z } from 'zod'
import { sameVersion } from '../candidates/version.ts'
import type { InstalledPlaces } from './installer.ts'
import { ownEnvironment } from './own-environment.ts'
import { missingKeys } from './status-keys.ts'

const timeoutMs = 120_000

/** One check of the installed program: null, or what is wrong with it. */
export type Problem = {
  readonly code: string
  readonly what: string
  readonly where: string
} | null

/** What the checks need to start the candidate without touching anybody's home. */
export interface CheckWorld {
  readonly secretNames: readonly string[]
  /** Address of the service under test: the candidate must never fall back to its own default. */
  readonly serviceUrl: string
}

/** `--version` names the expected version, with or without `v`, among other words. */
export async function checkVersion(
  { bin }: InstalledPlaces,
  expected: string,
  world: CheckWorld,
): Promise<Problem> {
  const outcome = await inScratchHome(world, [bin, '--version'])
  const where = `${bin} --version`
  if (!isSuccess(outcome))
    return {
      code: 'version-unreadable',
      what: `the program's version cannot be read: ${tell(outcome)}`,
      where,
    }
  const words = outcome.stdout.match(/\bv?\d+(?:\.\d+)+[\w.+!-]*/g) ?? []
  // The first one is the program's; others may name Python, or a newer version that is offered.
  if (words[0] !== undefined && sameVersion(words[0].replace(/^v/, ''), expected)) return null
  const printed = outcome.stdout.trim() || 'nothing'
  return {
    code: 'version-differs',
    what: `expected ${expected}, the program prints: ${printed}`,
    where,
  }
}

/** Every module imports in the candidate's own interpreter; each one that does not is named (GATE/FR-004). */
export async function checkImports(
  { python }: InstalledPlaces,
  modules: readonly string[],
  world: CheckWorld,
): Promise<readonly Exclude<Problem, null>[]> {
  const together = await importModules(python, modules, world)
  if (together === null) return []
  const one = await Promise.all(modules.map((module) => importModules(python, [module], world)))
  const named = one.filter((problem) => problem !== null)
  return named.length > 0 ? named : [together]
}

async function importModules(
  python: string,
  modules: readonly string[],
  world: CheckWorld,
): Promise<Problem> {
  const code = `import ${modules.join(', ')}; print('ok')`
  const outcome = await inScratchHome(world, [python, '-c', code])
  if (isSuccess(outcome) && outcome.stdout.trim().endsWith('ok')) return null
  return {
    code: 'import-failed',
    what: `${modules.join(', ')} cannot be imported: ${tell(outcome)}`,
    where: `${python} -c "${code}"`,
  }
}

/** `sync status --check --json` prints one JSON object with every key the harness reads. */
export async function checkStatusKeys(
  { bin }: InstalledPlaces,
  world: CheckWorld,
): Promise<readonly Exclude<Problem, null>[]> {
  const outcome = await inScratchHome(world, [bin, 'sync', 'status', '--check', '--json'])
  const where = `${bin} sync status --check --json`
  // 2 only says that the boundary is not clean, which in an empty home it need not be.
  const ended = outcome.kind === 'exited' && [0, 2].includes(outcome.exitCode)
  const status = ended ? parseObject(outcome.stdout) : null
  if (status === null)
    return [{ code: 'status-unreadable', what: `no JSON status: ${tell(outcome)}`, where }]
  const missing = missingKeys(status).map((key) => ({
    code: 'status-key-missing',
    what: `the status lacks ${key}`,
    where,
  }))
  if (missing.length > 0) return missing
  return contradictions(status, outcome).map((what) => ({
    code: 'status-contradiction',
    what,
    where,
  }))
}

const endings = z.looseObject({ ok: z.boolean(), exit_code: z.int() })

/** `ok`, `exit_code` and how the program ended say the same thing three times. */
function contradictions(status: unknown, outcome: ProgramOutcome): string[] {
  const said = endings.safeParse(status)
  if (!said.success) return ['ok is not true or false, or exit_code is not a number']
  const { ok, exit_code: code } = said.data
  const ended = outcome.kind === 'exited' ? outcome.exitCode : null
  return [
    ...(code === ended
      ? []
      : [`the status says exit_code ${code}, the program ended with ${ended ?? 'none'}`]),
    ...(ok === (code === 0) ? [] : [`the status says ok ${String(ok)} and exit_code ${code}`]),
  ]
}

function parseObject(text: string): unknown {
  try {
    return parseJson(text.trim(), { maximumBytes: 4 * 1024 * 1024, fractions: ['port'] })
  } catch {
    return null
  }
}

/** Starts the candidate with a home of its own, which names the service under test before the first start. */
async function inScratchHome(
  world: CheckWorld,
  command: readonly string[],
): Promise<ProgramOutcome> {
  const home = await mkdtemp(join(tmpdir(), 'candidate-home-'))
  try {
    const state = join(home, '.spec-kitty')
    // Whatever the umask is: a candidate may refuse a home in which others can write.
    await mkdir(state, { recursive: true, mode: 0o700 })
    await writeFile(
      join(state, 'config.toml'),
      `[sync]\nserver_url = ${JSON.stringify(world.serviceUrl)}\n`,
    )
    const env = {
      ...ownEnvironment({ home, state, serviceUrl: world.serviceUrl }, world.secretNames),
      // A checkout in the working folder must not be picked up instead of what is installed, and
      // compiled files would appear in the installation after its RECORD was written.
      PYTHONPATH: '',
      PYTHONDONTWRITEBYTECODE: '1',
    }
    return await runProgram({ command, cwd: home, env, timeoutMs })
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

function isSuccess(outcome: ProgramOutcome): boolean {
  return outcome.kind === 'exited' && outcome.exitCode === 0
}

function tell(outcome: ProgramOutcome): string {
  const last = outcome.log.trim().split('\n').at(-1) ?? ''
  return last === '' ? describeOutcome(outcome) : `${describeOutcome(outcome)}: ${last}`
}
