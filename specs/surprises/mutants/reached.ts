import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

interface Range {
  readonly startOffset: number
  readonly endOffset: number
  readonly count: number
}

/** What V8 writes where `NODE_V8_COVERAGE` names a folder. */
interface Coverage {
  readonly result: readonly {
    readonly url: string
    readonly functions: readonly { readonly ranges: readonly Range[] }[]
  }[]
}

/**
 * Plays all surprises once, and says what of the gate was executed by them.
 *
 * @returns whether the place of a module was reached: its URL, and an offset in its source. Node strips types
 *   to blanks, so the offsets are those of the TypeScript source.
 */
export async function reachedBy(
  words: readonly string[],
): Promise<(url: string, offset: number) => boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'reached-'))
  try {
    await execa(process.execPath, words, { env: { NODE_V8_COVERAGE: folder } })
    const ranges = new Map<string, readonly Range[]>()
    for (const name of await readdir(folder)) {
      const { result } = JSON.parse(await readFile(join(folder, name), 'utf8')) as Coverage
      for (const { url, functions } of result)
        ranges.set(url, [...(ranges.get(url) ?? []), ...functions.flatMap((one) => one.ranges)])
    }
    return (url, offset) => (innermost(ranges.get(url) ?? [], offset)?.count ?? 0) > 0
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Ranges are nested: the shortest one around a place says how often it was executed. */
function innermost(ranges: readonly Range[], offset: number): Range | undefined {
  const around = ranges.filter(
    ({ startOffset, endOffset }) => startOffset <= offset && offset < endOffset,
  )
  const length = ({ startOffset, endOffset }: Range): number => endOffset - startOffset
  return around.reduce<Range | undefined>(
    (best, one) => (best === undefined || length(one) < length(best) ? one : best),
    undefined,
  )
}
