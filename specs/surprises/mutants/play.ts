import { glob, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { type Guard, guardsOf } from './guards.ts'
import { reachedBy } from './reached.ts'
import { SURPRISED } from './surprised.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const run = join(root, 'specs', 'surprises', 'run.ts')

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
  /** Below the checkout. */
  readonly file: string
}

/** What became of a gate with one check disabled. */
export interface Played {
  readonly mutant: Mutant
  /** `idle`: it does not even start, or holds on the faultless world. */
  readonly end: 'noticed' | 'survived' | 'idle'
}

/** Every check of these files that playing the surprises executes. */
export async function mutantsOf(): Promise<Mutant[]> {
  const isReached = await reachedBy([run])
  const mutants: Mutant[] = []
  for await (const file of glob(readers, { cwd: root })) {
    const url = pathToFileURL(join(root, file)).href
    const guards = guardsOf(await readFile(join(root, file), 'utf8'))
    mutants.push(
      ...guards.filter(({ start }) => isReached(url, start)).map((one) => ({ ...one, file })),
    )
  }
  return mutants.sort((one, other) => one.file.localeCompare(other.file) || one.start - other.start)
}

/**
 * Disables one check after the other and plays the surprises until one is released wrongly.
 *
 * @param width how many are played side by side
 */
export async function playMutants(
  mutants: readonly Mutant[],
  width: number,
  say: (line: string) => void,
): Promise<Played[]> {
  const played: Played[] = []
  const left = [...mutants]
  const worker = async (): Promise<void> => {
    for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
      const end = await endOf(mutant)
      say(`${end.padEnd(8)} ${mutant.file}:${mutant.line} ${mutant.text}`)
      played.push({ mutant, end })
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  return mutants.flatMap((mutant) => played.filter((one) => one.mutant === mutant))
}

async function endOf({ file, start, end, disabled }: Mutant): Promise<Played['end']> {
  const hook = new URL('./disabled.ts', import.meta.url).href
  const url = pathToFileURL(join(root, file)).href
  const change = { url, start, end, text: disabled }
  const { exitCode } = await execa(
    process.execPath,
    ['--import', hook, run, '--near', relative('packages', file)],
    { env: { DISABLED_CHECK: JSON.stringify(change) }, reject: false, timeout: 600_000 },
  )
  if (exitCode === SURPRISED) return 'noticed'
  return exitCode === 0 ? 'survived' : 'idle'
}
