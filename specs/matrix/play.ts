import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Aftermath } from '../../fixtures/rehearsal/aftermath.ts'
import { clearFolder } from '../../fixtures/rehearsal/clear.ts'
import type { WorldFaults } from '../../fixtures/rehearsal/faults.ts'
import { verifyEvidence } from '../../packages/gate-kernel/src/evidence/verify.ts'
import {
  type Evidence,
  evidenceSchema,
} from '../../packages/gate-kernel/src/evidence/run-evidence.ts'
import { type World, worldSchema } from '../../packages/phase4-gate/src/world/schema.ts'

const root = join(import.meta.dirname, '..', '..')

/** What the real gate made of one world. */
export interface Played {
  readonly exitCode: number | undefined
  readonly seconds: number
  readonly output: string
  readonly evidence: Evidence
  readonly aftermath: Aftermath
  readonly world: World
  /** Every file that is left, relative to the run folder, with its text. */
  readonly left: ReadonlyMap<string, string>
  /** What an auditor would find wrong with the sealed attempt; empty where nothing was sealed. */
  readonly sealProblems: readonly string[]
  /** Addresses of the world that still answer. */
  readonly alive: readonly string[]
}

/** Runs `vitest run gate` in a process of its own, in the world that the faults describe. */
export async function play(faults: WorldFaults): Promise<Played> {
  const artifacts = await mkdtemp(join(tmpdir(), 'matrix-'))
  try {
    const startedMs = performance.now()
    const gate = await runGate(artifacts, faults)
    const seconds = (performance.now() - startedMs) / 1000
    return {
      exitCode: gate.exitCode,
      output: gate.all,
      seconds,
      ...(await readRun(artifacts, gate.all)),
    }
  } finally {
    await clearFolder(artifacts)
  }
}

/** Far above what any world takes, so that a hanging gate is a finding and not a hanging matrix. */
const limitMs = 10 * 60_000

function runGate(artifacts: string, faults: WorldFaults) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  return execa(process.execPath, [vitest, 'run', 'gate'], {
    cwd: root,
    extendEnv: false,
    env: {
      ...ownVariables(),
      CANARY_GATE_ARTIFACTS: artifacts,
      CANARY_GATE_FAULTS: JSON.stringify(faults),
      NO_COLOR: '1',
    },
    reject: false,
    all: true,
    stdin: 'ignore',
    timeout: limitMs,
  })
}

/** Without what an outer Vitest would hand on, and without anybody's tokens. */
function ownVariables(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ']
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

async function readRun(
  artifacts: string,
  output: string,
): Promise<Omit<Played, 'exitCode' | 'seconds' | 'output'>> {
  const id = await readFile(join(artifacts, 'latest'), 'utf8').catch((cause: unknown) => {
    throw new Error(`the gate left no verdict; it said:\n${output}`, { cause })
  })
  const folder = join(artifacts, id.trim())
  const parsed = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'))
  const read = (name: string): Promise<unknown> => parsed(join(folder, name))
  const world = worldSchema.parse(await read('world.json'))
  const evidence = evidenceSchema.parse(await read('evidence.json'))
  return {
    world,
    evidence,
    sealProblems: await audit(evidence.attempt),
    aftermath: (await parsed(join(artifacts, 'aftermath.json'))) as Aftermath,
    left: await readTree(folder),
    alive: await answering([world.github.apiUrl, world.service.url, world.candidate.indexUrl]),
  }
}

async function audit(attempt: Evidence['attempt']): Promise<readonly string[]> {
  const manifestSha256 = attempt?.manifestSha256 ?? null
  if (attempt === null || manifestSha256 === null) return []
  const anchor = { from: 'evidence.json', manifestSha256 }
  return (await verifyEvidence(attempt.folder, [anchor])).problems
}

async function readTree(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const read = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name)
    return [path.slice(folder.length + 1), await readFile(path, 'utf8')] as const
  })
  return new Map(await Promise.all(read))
}

async function answering(urls: readonly string[]): Promise<string[]> {
  const own = urls.filter((url) => new URL(url).hostname === '127.0.0.1')
  const answers = own.map(async (url) => {
    const isAlive = await fetch(url).then(
      () => true,
      () => false,
    )
    return isAlive ? [url] : []
  })
  return (await Promise.all(answers)).flat()
}
