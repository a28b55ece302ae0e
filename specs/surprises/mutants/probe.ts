import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Figures } from '../subjects/play.ts'
import type * as Play from '../subjects/play.ts'
import type * as Subjects from '../subjects/index.ts'
import { recordGitHub } from '../subjects/github.ts'
import { type Guard, guardsOf } from './guards.ts'
import { gateWith, telling } from './hooks.ts'

const root = join(import.meta.dirname, '..', '..', '..')

/**
 * What reads documents of other programs. How requests are sent and refusals are put into words is the
 * subject of `specs/github`; what the gate wrote itself is read elsewhere.
 */
export const readers: readonly string[] = [
  'packages/documents/src/*.ts',
  'packages/gate-kernel/src/github/{schemas,transport,answers}.ts',
  'packages/phase4-gate/src/{blockers,canary,candidates,service,teamspace}/*.ts',
  'packages/phase4-gate/src/run/canary-run.ts',
]

/** A check of the gate that the surprises reach. */
export interface Mutant extends Guard {
  readonly number: number
  /** Below the checkout. */
  readonly file: string
  /** What it can change the end of: mutations of documents, by their numbers; all of one where it says so. */
  readonly plays: readonly (readonly [subject: string, mutations: readonly number[] | 'all'])[]
}

type Numbered = Guard & { readonly number: number; readonly file: string }

/**
 * Plays all surprises once with a gate whose checks tell what comes of them. A check that came to nothing
 * for a mutation comes to nothing without it as well, so that mutation need not be played again.
 */
export async function probe(
  say: (subject: string) => void,
): Promise<{ readonly figures: readonly Figures[]; readonly mutants: readonly Mutant[] }> {
  const all = await checks()
  const seen = new Seen()
  Object.assign(globalThis, { tellCheck: seen.tellCheck })
  const files = [...new Set(all.map(({ file }) => file))]
  const changes = files.map((file) => {
    const own = all.filter((one) => one.file === file)
    return [file, telling(own, () => seen.load(own))] as const
  })
  const load = gateWith('probe', new Map(changes))
  const { subjectsWith } = await load<typeof Subjects>('specs/surprises/subjects/index.ts')
  const { playSubject } = await load<typeof Play>('specs/surprises/subjects/play.ts')
  const github = await recordGitHub()
  try {
    const figures: Figures[] = []
    for (const subject of subjectsWith(github)) {
      say(subject.name)
      seen.begin(subject)
      figures.push(await playSubject(subject, Infinity, { judged: seen.judged }))
    }
    const reached = all.filter(({ number }) => seen.reached.has(number))
    return { figures, mutants: reached.map((one) => ({ ...one, plays: seen.playsOf(one) })) }
  } finally {
    await github.dispose()
  }
}

async function checks(): Promise<Numbered[]> {
  const found: Omit<Numbered, 'number'>[] = []
  for await (const file of glob([...readers], { cwd: root }))
    for (const guard of guardsOf(await readFile(join(root, file), 'utf8')))
      found.push({ ...guard, file })
  return found
    .sort((one, other) => one.file.localeCompare(other.file) || one.start - other.start)
    .map((one, number) => ({ ...one, number }))
}

interface Document {
  readonly name: string
  readonly folder: string
  readonly alsoOf?: string
  readonly held: number[]
}

/** What the checks told, by document and mutation. */
class Seen {
  readonly reached = new Set<number>()
  readonly #documents: Document[] = []
  /** Number of a check, and the place of a document → the mutations for which it came to something. */
  readonly #came = new Map<string, (number | 'faultless')[]>()
  #now = new Set<number>()

  begin(subject: {
    readonly name: string
    readonly folder: string
    readonly alsoOf?: string
  }): void {
    this.#now.clear()
    this.#documents.push({ ...subject, held: [] })
  }

  /** What a schema is made of is reached where the schema is. */
  load(checksOfModule: readonly Numbered[]): void {
    for (const { kind, number } of checksOfModule) if (kind === 'made') this.reached.add(number)
  }

  readonly judged = (mutation: number | 'faultless', end: string): void => {
    if (mutation !== 'faultless' && end === 'held') this.#documents.at(-1)?.held.push(mutation)
    for (const check of this.#now) {
      const key = `${check} ${this.#documents.length - 1}`
      this.#came.set(key, [...(this.#came.get(key) ?? []), mutation])
    }
    this.#now = new Set()
  }

  readonly tellCheck = {
    condition: <Value>(check: number, value: Value): Value =>
      this.#tell(check, Boolean(value), value),
    finding: <Value>(check: number, value: Value): Value =>
      this.#tell(check, !Array.isArray(value) || value.length > 0, value),
    refinement: (check: number, refine: (...given: unknown[]) => unknown) => {
      this.reached.add(check)
      return (...given: unknown[]): unknown => {
        const isFine = refine(...given)
        return this.#tell(check, isFine instanceof Promise || !isFine, isFine)
      }
    },
  }

  #tell<Value>(check: number, comes: boolean, value: Value): Value {
    this.reached.add(check)
    if (comes) this.#now.add(check)
    return value
  }

  /**
   * Documents in which disabling the check changes the faultless one come first. What a schema is made of
   * refuses, and never lets through what was held for another reason: of the documents that are read with
   * it, all that was held is played.
   */
  playsOf({ number, kind, file }: Numbered): Mutant['plays'] {
    if (kind === 'made') {
      const near = this.#documents.filter(({ folder, alsoOf = folder }) =>
        [folder, alsoOf].some((one) => file.replace('packages/', '').includes(one)),
      )
      const those = near.length > 0 ? near : this.#documents
      return those.map(({ name, held }) => [name, held] as const)
    }
    const plays = this.#documents.flatMap(({ name }, place): Mutant['plays'] => {
      const came = this.#came.get(`${number} ${place}`) ?? []
      const numbers = came.filter((one) => one !== 'faultless')
      if (numbers.length < came.length) return [[name, 'all']]
      return numbers.length === 0 ? [] : [[name, numbers]]
    })
    const costs = ([, mutations]: Mutant['plays'][number]): number =>
      mutations === 'all' ? -1 : mutations.length
    return plays.toSorted((one, other) => costs(one) - costs(other))
  }
}
