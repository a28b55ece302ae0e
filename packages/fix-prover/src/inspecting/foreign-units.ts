import type { Change, ChangedFile } from '../changes/change.ts'
import type { Criterion, Place } from '../changes/criterion.ts'
import { isForeignCode } from '../changes/paths.ts'
import type { Span } from '../changes/line-diff.ts'
import { type Hunk, productHunks } from '../proving/hunks.ts'
import { productFiles } from '../proving/product-files.ts'

/** A hunk in a function of the criterion, in a language without a parser here. */
export interface ForeignUnit {
  readonly hunk: Hunk
  /** `Queue.Push` */
  readonly name: string
}

/** Where a function, a constant and what holds them begin, as the language's formatter lays them out. */
interface Heads {
  readonly extension: RegExp
  readonly name: RegExp
  readonly owner: RegExp
}

const heads: readonly Heads[] = [
  {
    extension: /\.go$/,
    name: /^(?:func (?:\(\w* ?\*?(?<owner>\w+)[^)]*\) )?|(?:const|var|type) |\t(?=\w+ += ))(?<name>\w+)/,
    owner: /(?!)/,
  },
  {
    extension: /\.rs$/,
    name: /^\s*(?:pub(?:\([^)]*\))? )?(?:(?:async|const|unsafe|static|mut|extern "C") )*(?:fn )?(?<name>[A-Za-z_]\w*)(?=[(<]|: [^=]+ = )/,
    owner: /^\s*impl(?:<.*?>)? (?:.* for )?(?<owner>\w+)/,
  },
  {
    extension: /\.(?:java|kt)$/,
    name: /^\s*(?:@\w+ )?(?:(?!(?:return|new|throw|else|case)\b)[\w.<>[\],?]+ )+(?<name>\w+)(?=\(| = |: )/,
    owner: /\b(?:class|interface|enum|record|object) (?<owner>\w+)/,
  },
]

/** The changed places of the criterion that only execution can judge. */
export async function foreignUnits(
  change: Change,
  criterion: Criterion,
): Promise<readonly ForeignUnit[]> {
  if (!change.files.some(({ path }) => isForeignCode(path))) return []
  const files = await productFiles(change)
  const hunks = await productHunks(change, files)
  return hunks.flatMap((hunk) => {
    const file = files.find(({ path }) => path === hunk.file)
    if (file === undefined || !isForeignCode(file.path)) return []
    const places = criterion.places.filter((place) => isAbout(place, file, hunk))
    const names = places.flatMap((place) => place.names)
    const name = unitsAround(file, hunk).find((unit) => names.some((one) => isSame(one, unit)))
    return name === undefined ? [] : [{ hunk, name }]
  })
}

/** The file of the place, and one of its words in a changed line where the place asks for one. */
function isAbout({ file, onlyAbout }: Place, changed: ChangedFile, hunk: Hunk): boolean {
  if (changed.path !== file) return false
  const text = [...linesIn(changed.before, hunk.before), ...linesIn(changed.after, hunk.after)]
  return onlyAbout?.some((word) => text.join('\n').includes(word)) ?? true
}

/** A type that is named stands for its methods, too. */
function isSame(named: string, unit: string): boolean {
  return unit === named || unit.startsWith(`${named}.`)
}

/** The functions and constants, with what holds them, that the lines of a hunk are in, on either side. */
function unitsAround(file: ChangedFile, { before, after }: Hunk): readonly string[] {
  const form = heads.find(({ extension }) => extension.test(file.path))
  if (form === undefined) return []
  const on = (text: string | null, { first, count }: Span): readonly string[] => {
    const lines = text?.split('\n') ?? []
    const all = Array.from({ length: count }, (_, at) => first + at)
    // A blank line, the end of a block or a comment may be outside of what is above it.
    const numbers = all.filter((number) => !isQuiet(lines[number - 1] ?? ''))
    return numbers.flatMap((number) => unitAt(lines, number, form) ?? [])
  }
  return [...new Set([...on(file.after, after), ...on(file.before, before)])]
}

/** Upwards from a line, only lines that are less indented hold it; the line itself may be a head. */
function unitAt(lines: readonly string[], number: number, form: Heads): string | null {
  let indent = Infinity
  let name: string | undefined
  for (let at = number - 1; at >= 0; at--) {
    const line = lines[at] ?? ''
    const own = line.length - line.trimStart().length
    if (own >= indent || isQuiet(line)) continue
    indent = own
    const { own: inner, owner, holds } = headIn(line, form)
    // The outermost function counts: one inside of it, or a local variable, is part of it.
    if (!holds) name = inner ?? name
    if (owner !== undefined) return name === undefined ? owner : `${owner}.${name}`
  }
  return name ?? null
}

/** What a line begins: something of its own name, and what that is part of; `holds`: only the latter. */
function headIn(
  line: string,
  form: Heads,
): { readonly own?: string; readonly owner?: string; readonly holds: boolean } {
  const { name: own, owner } = form.name.exec(line)?.groups ?? {}
  const holder = form.owner.exec(line)?.groups?.['owner']
  if (holder !== undefined) return { owner: holder, holds: true }
  return {
    ...(own === undefined ? {} : { own }),
    ...(owner === undefined ? {} : { owner }),
    holds: false,
  }
}

function isQuiet(line: string): boolean {
  return /^\s*(?:$|[})\]]|\/\/|\/?\*|@\w+$)/.test(line)
}

export function linesIn(text: string | null, { first, count }: Span): readonly string[] {
  return count === 0 ? [] : (text?.split('\n').slice(first - 1, first - 1 + count) ?? [])
}
