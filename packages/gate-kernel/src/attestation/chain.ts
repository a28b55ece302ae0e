import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { sha256Of } from '../evidence/tree.ts'
import { attestationsOf } from './documents.ts'
import { payloadOf, parseEnvelope } from './dsse.ts'
import { fileNameOf, parseStatement, type Statement } from './statement.ts'

type Previous = Statement<'seal'>['predicate']['previous']

/** A seal beside a run, whoever wrote it. */
interface Link {
  readonly runId: string
  readonly sha256: string
  /** The run whose seal it names; undefined where it names none, or cannot be read. */
  readonly names: string | undefined
}

/**
 * The end of the chain of seals beside a run that is not sealed yet: the seal that no other one names.
 * Run ids begin with their time, but a clock may have been set back between two runs; they decide
 * only between several ends, e.g. of two gates that ended at once.
 */
export async function newestSeal(runs: string, runId: string): Promise<Previous> {
  const links = await linksIn(runs, runId)
  const named = new Set(links.map(({ names }) => names))
  const end = links.findLast((link) => !named.has(link.runId)) ?? links.at(-1)
  return end === undefined ? null : { runId: end.runId, sha256: end.sha256 }
}

/** All seals in a folder of runs but one, sorted by run id. */
async function linksIn(runs: string, but: string): Promise<Link[]> {
  const ids = (await readdir(runs)).filter((id) => id !== but).sort()
  const links = await Promise.all(
    ids.map(async (runId) => {
      const bytes = await sealIn(join(runs, runId))
      return bytes === undefined ? [] : [{ runId, sha256: sha256Of(bytes), names: nameIn(bytes) }]
    }),
  )
  return links.flat()
}

function sealIn(runFolder: string): Promise<Buffer | undefined> {
  return readFile(join(attestationsOf(runFolder), fileNameOf('seal'))).catch(() => undefined)
}

/** What an unreadable seal names is not known; its bytes are a link all the same. */
function nameIn(bytes: Buffer): string | undefined {
  try {
    const payload = payloadOf(parseEnvelope(JSON.parse(bytes.toString()), 'a seal'))
    return parseStatement('seal', JSON.parse(payload.toString())).predicate.previous?.runId
  } catch {
    return undefined
  }
}

/** What the chain says of a run: what contradicts it, and what cannot be told. */
export interface ChainReport {
  readonly problems: readonly string[]
  readonly limits: readonly string[]
}

/** The seal before this one is what it was when this one was made. */
export async function examineChain(
  runFolder: string,
  { predicate: { previous } }: Statement<'seal'>,
): Promise<ChainReport> {
  if (previous === null) return { problems: [], limits: [] }
  if (previous.runId !== basename(previous.runId))
    return { problems: [`the run before has no name of a run: ${previous.runId}`], limits: [] }
  const bytes = await sealIn(join(dirname(runFolder), previous.runId))
  if (bytes === undefined)
    return {
      problems: [],
      limits: [
        `the seal of the run before, ${previous.runId}, is not beside this run: whether it is still the one that this run names cannot be told`,
      ],
    }
  const problem = `the seal of the run before, ${previous.runId}, is not the one that this run names`
  return { problems: sha256Of(bytes) === previous.sha256 ? [] : [problem], limits: [] }
}
