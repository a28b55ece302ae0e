import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import type { Sent, Tamper } from '../../../fixtures/http/server.ts'
import { lookAround } from '../../../fixtures/rehearsal/aftermath.ts'
import { clearFolder } from '../../../fixtures/rehearsal/clear.ts'
import { type Rehearsal, startRehearsal } from '../../../fixtures/rehearsal/rehearsal.ts'
import { evidenceSchema } from '../../../packages/gate-kernel/src/evidence/run-evidence.ts'
import { changeOf, type Done, flippedByte, type Surprise } from './written.ts'

const root = join(import.meta.dirname, '..', '..', '..')

/** A surprise in an answer begins at the nth of its kind and stays: asking again does not heal it. */
export type PlayedSurprise = Surprise & { readonly from: number; readonly status?: number }

/** How the real gate ended in a world with one surprise. */
export interface Ending {
  readonly verdict: string | null
  /** Requirement and code of the stop, where there was one. */
  readonly stop: string
  readonly exitCode: number | undefined
  /** What the gate proved of the fixes: `<issue> <commit>`; none where it did not come that far. */
  readonly fixes: readonly string[]
  /** What wrote to GitHub, in order. */
  readonly writes: readonly string[]
  /** What the surprise did; null where its document was never written. */
  readonly done: Done | null
  /** Writes on GitHub before it did that. */
  readonly writesBefore: number
  /** How often each document was written or answered. */
  readonly documents: ReadonlyMap<string, number>
  readonly output: string
}

/** Runs the real gate, with a configuration, in a faultless world but for one surprise. */
export async function playOne(surprise: PlayedSurprise | null): Promise<Ending> {
  const folder = await mkdtemp(join(tmpdir(), 'played-'))
  try {
    await using world = await startRehearsal({ folder: join(folder, 'workspace') })
    const answers = new Answers(world, surprise)
    const record = join(folder, 'surprise.json')
    await configure({ folder, world, argument: argumentOf(surprise, record) })
    const { exitCode, all: output } = await runGate(folder, world.env)
    const evidence = await readEvidence(folder)
    const { writes } = await lookAround(world)
    const { done, writesBefore, documents } = answers
    return {
      ...{ exitCode, output, writes, documents, fixes: await readFixes(folder) },
      verdict: evidence?.verdict ?? null,
      stop: `${evidence?.stop?.requirement ?? ''} ${evidence?.stop?.code ?? ''}`,
      done: done ?? (await readDone(record)),
      writesBefore,
    }
  } finally {
    await clearFolder(folder)
    await rm(folder, { recursive: true, force: true })
  }
}

/** Tampers with the answers of one world's servers, and counts them. */
class Answers {
  readonly documents = new Map<string, number>()
  done: Done | null = null
  writesBefore = 0
  readonly #surprise: PlayedSurprise | null
  readonly #world: Rehearsal
  #previous = '{}'
  /** The answer before the first that is changed: with another one the same draw is another change. */
  #sibling: string | null = null

  constructor(world: Rehearsal, surprise: PlayedSurprise | null) {
    this.#world = world
    this.#surprise = surprise
    for (const name of ['github', 'service', 'index'] as const)
      world[name].tampers.push(this.#tamper(name))
  }

  #tamper(server: string): Tamper {
    return (request, answer) => {
      const at = `${server}: ${request}`
      const seen = (this.documents.get(at) ?? 0) + 1
      this.documents.set(at, seen)
      const text = Buffer.from(answer.bytes).toString('utf8')
      const surprise = this.#surprise
      if (surprise?.at === at && seen >= surprise.from) return this.#changed(surprise, answer, text)
      this.#previous = text
      return answer
    }
  }

  #changed(surprise: PlayedSurprise, answer: Sent, text: string): Sent {
    const { status } = surprise
    if (this.done === null)
      this.writesBefore = this.#world.github.requests.filter(({ name }) => isWrite(name)).length
    if (status !== undefined) {
      const after = Buffer.from(answer.bytes).toString('base64')
      this.done ??= { what: `answered ${status}`, kind: 'contradiction', before: text, after }
      const location = { location: `${this.#world.service.url}/health/` }
      return { ...answer, status, headers: { ...answer.headers, ...(status < 400 && location) } }
    }
    const isText = Buffer.from(text).equals(answer.bytes)
    this.#sibling ??= this.#previous
    const done = isText
      ? changeOf(surprise, text, this.#sibling)
      : flippedByte(surprise, answer.bytes)
    this.done ??= done
    const headers = Object.entries(answer.headers).filter(([name]) => name !== 'content-length')
    return {
      ...answer,
      headers: Object.fromEntries(headers),
      bytes: Buffer.from(done.after, 'base64'),
    }
  }
}

const isWrite = (name: string): boolean => /^(POST comment|PATCH|PUT|DELETE)/.test(name)

function argumentOf(surprise: PlayedSurprise | null, record: string): string {
  return surprise === null ? '' : JSON.stringify({ ...surprise, record })
}

async function configure(given: {
  readonly folder: string
  readonly world: Rehearsal
  readonly argument: string
}): Promise<void> {
  const { folder, world, argument } = given
  const program = (name: string): string[] => [
    ...[process.execPath, join(import.meta.dirname, `${name}.ts`), argument],
  ]
  const { canary, teamspace } = world.world
  const files = teamspace.command.filter((word) => word.startsWith('test_'))
  const config = {
    ...world.world,
    canary: { ...canary, command: program('canary'), selfTests: [['true']] },
    teamspace: {
      ...teamspace,
      command: [...program('suite'), '-m', 'deployed_dev', '--junitxml', '{junit}', ...files],
    },
  }
  await writeFile(join(folder, 'live.json'), JSON.stringify(config))
}

async function runGate(folder: string, tokens: Rehearsal['env']) {
  const { PATH = '', TMPDIR = tmpdir() } = process.env
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  return execa(process.execPath, [vitest, 'run', 'gate'], {
    ...{ cwd: root, extendEnv: false, reject: false, all: true, stdin: 'ignore' as const },
    timeout: 10 * 60_000,
    env: {
      ...{ PATH, TMPDIR, HOME: folder, NO_COLOR: '1', ...tokens },
      CANARY_GATE_ARTIFACTS: join(folder, 'runs'),
      CANARY_GATE_CONFIG: join(folder, 'live.json'),
    },
  })
}

/** Null where the gate left no evidence that can be read. */
async function readEvidence(folder: string) {
  try {
    const id = (await readFile(join(folder, 'runs', 'latest'), 'utf8')).trim()
    const text = await readFile(join(folder, 'runs', id, 'evidence.json'), 'utf8')
    return evidenceSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

const fixesSchema = z.array(z.looseObject({ issue: z.int(), commit: z.string() }))

async function readFixes(folder: string): Promise<string[]> {
  try {
    const id = (await readFile(join(folder, 'runs', 'latest'), 'utf8')).trim()
    const text = await readFile(join(folder, 'runs', id, 'facts', 'fixes.json'), 'utf8')
    const all = fixesSchema.parse(JSON.parse(text)).map(({ issue, commit }) => `${issue} ${commit}`)
    return all.toSorted()
  } catch {
    return []
  }
}

const doneSchema = z.object({
  what: z.string(),
  kind: z.enum(['ambiguous', 'contradiction', 'unknown']).nullable(),
  before: z.string(),
  after: z.string(),
  beside: z.string().optional(),
})

async function readDone(record: string): Promise<Done | null> {
  const text = await readFile(record, 'utf8').catch(() => null)
  return text === null ? null : doneSchema.parse(JSON.parse(text))
}
