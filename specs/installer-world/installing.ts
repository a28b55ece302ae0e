import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import {
  buildEventsWheel,
  buildWheel,
  type CandidateSpec,
} from '../../fixtures/candidates/index.ts'
import { type PackageIndex, type Published, startPackageIndex } from '../../fixtures/index/index.ts'
import { TINY_ENGINE } from '../candidates-world/tiny-engine.ts'

interface Ran {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** An index, an empty home, and the installer between them. */
export interface Workbench extends AsyncDisposable {
  readonly index: PackageIndex
  readonly venv: string
  readonly binDir: string
  pipx(...words: string[]): Promise<Ran>
  run(program: string, ...words: string[]): Promise<Ran>
}

const PIPX = join(import.meta.dirname, '..', '..', 'fixtures', 'installer', 'pipx.ts')

/** Opens a workbench whose index offers these files and the events package. */
export async function openWorkbench(...offered: Published[]): Promise<Workbench> {
  const folder = await mkdtemp(join(tmpdir(), 'installer world '))
  const index = await startPackageIndex({ wheels: [...offered, buildEventsWheel()] })
  const env = {
    HOME: folder,
    SPEC_KITTY_HOME: join(folder, '.spec-kitty'),
    PATH: process.env['PATH'],
    PIPX_HOME: join(folder, 'pipx'),
    PIPX_BIN_DIR: join(folder, 'bin'),
    PIP_INDEX_URL: `${index.url}/simple/`,
  }
  const run = async (program: string, ...words: string[]): Promise<Ran> => {
    const { exitCode, stdout, stderr } = await execa(program, words, {
      env,
      extendEnv: false,
      reject: false,
    })
    return { exitCode, stdout, stderr }
  }
  return {
    index,
    venv: join(env.PIPX_HOME, 'venvs', 'spec-kitty-cli'),
    binDir: env.PIPX_BIN_DIR,
    run,
    pipx: async (...words) => await run(process.execPath, PIPX, ...words),
    async [Symbol.asyncDispose]() {
      await index.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** A candidate of the tiny engine, as the index offers it. */
export async function offered(
  version: string,
  more: Omit<CandidateSpec, 'version' | 'engine'> & Omit<Published, 'wheel'> = {},
): Promise<Published> {
  const { yanked, trouble, uploadedAt, ...candidate } = more
  return {
    wheel: await buildWheel({ ...candidate, version, engine: TINY_ENGINE }),
    ...(yanked === undefined ? {} : { yanked }),
    ...(trouble === undefined ? {} : { trouble }),
    ...(uploadedAt === undefined ? {} : { uploadedAt }),
  }
}
