import type { ChangedFile } from '../changes/change.ts'
import type { Span } from '../changes/line-diff.ts'
import { type Hunk, withoutHunks } from './hunks.ts'
import { isProgram } from './mutants.ts'

/**
 * Hunks that cannot be taken back alone, in groups of those that need each other: they bring or remove the
 * same name, or are parts of one statement of a file. What is proven of one group says nothing of another.
 */
export function tanglesOf(
  files: readonly ChangedFile[],
  hunks: readonly Hunk[],
): readonly (readonly Hunk[])[] {
  const read = hunks.map((hunk) => ({ hunk, ...readHunk(files, hunk) }))
  const groups: (typeof read)[] = []
  for (const one of read) {
    const near = groups.filter((group) => group.some((other) => needEachOther(one, other)))
    for (const group of near) groups.splice(groups.indexOf(group), 1)
    groups.push([...near.flat(), one])
  }
  return groups.map((group) => group.map(({ hunk }) => hunk))
}

interface Read {
  readonly hunk: Hunk
  readonly names: ReadonlySet<string>
  /** Whether its file is a program without it. */
  readonly isWhole: boolean
}

function needEachOther(one: Read, other: Read): boolean {
  const isBroken = !one.isWhole && !other.isWhole
  const isNamed = [...one.names].some((name) => other.names.has(name))
  return isNamed || (isBroken && one.hunk.file === other.hunk.file)
}

function readHunk(files: readonly ChangedFile[], hunk: Hunk): Omit<Read, 'hunk'> {
  const file = files.find(({ path }) => path === hunk.file)
  const old = wordsIn(file?.before ?? null, hunk.before)
  const now = wordsIn(file?.after ?? null, hunk.after)
  const text = withoutHunks(files, [hunk]).get(hunk.file) ?? null
  const isWhole = text === null || isProgram(hunk.file, text, file?.after ?? text)
  const names = [...old, ...now].filter((name) => !old.has(name) || !now.has(name))
  return { names: new Set(names), isWhole }
}

function wordsIn(text: string | null, { first, count }: Span): ReadonlySet<string> {
  const lines = count === 0 ? [] : (text ?? '').split('\n').slice(first - 1, first - 1 + count)
  return new Set(lines.join('\n').match(/[A-Za-z_$][\w$]*/g))
}
