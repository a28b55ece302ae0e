import type { Change, ChangedFile } from '../changes/change.ts'
import { changesOfFile, changesOfTexts, type LineChange, type Span } from '../changes/line-diff.ts'
import { hasOwnTests } from '../execution/test-part.ts'

/** Adjacent changed lines of one product file. */
export interface Hunk extends LineChange {
  /** Number in the report, from 1. */
  readonly id: number
  readonly file: string
}

/** The hunks of product files; of files without text, the whole file is one. */
export async function productHunks(
  { repo, base, fix }: Change,
  files: readonly ChangedFile[],
): Promise<readonly Hunk[]> {
  const hunks: Omit<Hunk, 'id'>[] = []
  for (const file of files) {
    const { path, before, after } = file
    // Of a file with tests of its own both texts have the same tests: no commit has the one before.
    const own = hasOwnTests(file)
      ? await changesOfTexts(before ?? '', after ?? '')
      : await changesOfFile(repo, base, fix, path)
    hunks.push(
      ...joined(
        own.map((change) => ({ file: path, ...change })),
        after,
      ),
    )
  }
  return hunks.map((hunk, at) => ({ id: at + 1, ...hunk }))
}

/**
 * Hunks with one unchanged line between them are one thought, unless that line ends what stands at the
 * margin: behind it something else begins.
 */
function joined(
  hunks: readonly Omit<Hunk, 'id'>[],
  after: string | null,
): readonly Omit<Hunk, 'id'>[] {
  const lines = (after ?? '').split('\n')
  const isEnd = (number: number): boolean => /^[)\]}]/.test(lines[number - 1] ?? '')
  const all: Omit<Hunk, 'id'>[] = []
  for (const hunk of hunks) {
    const last = all.at(-1)
    const gap = last === undefined ? Infinity : start(hunk.after) - end(last.after)
    const oldGap = last === undefined ? Infinity : start(hunk.before) - end(last.before)
    const isOther = gap > 1 || gap !== oldGap || (gap === 1 && isEnd(start(hunk.after) - 1))
    if (last === undefined || isOther) all.push(hunk)
    else all.splice(-1, 1, both(last, hunk))
  }
  return all
}

/** First line of a span, and the line after its last. */
function start({ first, count }: Span): number {
  return count === 0 ? first + 1 : first
}
function end(span: Span): number {
  return start(span) + span.count
}

function both(one: Omit<Hunk, 'id'>, other: Omit<Hunk, 'id'>): Omit<Hunk, 'id'> {
  const cover = (a: Span, b: Span): Span => ({ first: start(a), count: end(b) - start(a) })
  return {
    file: one.file,
    before: cover(one.before, other.before),
    after: cover(one.after, other.after),
  }
}

/**
 * The files of the tree with the change, without some of its hunks.
 *
 * @param translated what the old lines are taken back as
 * @returns path → text; null for a file that only the change has
 */
export function withoutHunks(
  files: readonly ChangedFile[],
  hunks: readonly Hunk[],
  translated: (line: string) => string = (line) => line,
): ReadonlyMap<string, string | null> {
  const texts = new Map<string, string | null>()
  for (const [path, own] of Map.groupBy(hunks, ({ file }) => file)) {
    const file = files.find((one) => one.path === path)
    if (file !== undefined) texts.set(path, withoutIn(file, own, translated))
  }
  return texts
}

function withoutIn(
  { before, after }: ChangedFile,
  hunks: readonly Hunk[],
  translated: (line: string) => string,
): string | null {
  if (after === null) return before
  if (before === null) return null
  const old = before.split('\n')
  const lines = after.split('\n')
  const ordered = hunks.toSorted((one, other) => start(other.after) - start(one.after))
  for (const hunk of ordered) {
    const taken = old.slice(start(hunk.before) - 1, end(hunk.before) - 1)
    lines.splice(start(hunk.after) - 1, hunk.after.count, ...taken.map(translated))
  }
  return lines.join('\n')
}

/** The lines of a span in a text. */
export function spanOf(text: string | null, { first, count }: Span): readonly string[] {
  return count === 0 ? [] : (text ?? '').split('\n').slice(first - 1, first - 1 + count)
}

/** The lines of a hunk in the tree with the change; of one that only removes, those around its place. */
export function linesOf({ after }: Hunk): readonly [number, number] {
  return after.count === 0
    ? [Math.max(1, after.first), after.first + 1]
    : [after.first, after.first + after.count - 1]
}

/** Whether one of some executed places, as `path:line`, is in the lines of a hunk. */
export function isHit(places: readonly string[], hunk: Hunk): boolean {
  const [first, last] = linesOf(hunk)
  return places.some((place) => {
    const at = place.lastIndexOf(':')
    const line = Number(place.slice(at + 1))
    return place.slice(0, at) === hunk.file && line >= first && line <= last
  })
}
