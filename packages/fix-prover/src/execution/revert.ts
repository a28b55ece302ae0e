import type { Pair, ReadFile } from '../reading/files.ts'

interface Edit {
  readonly from: number
  readonly to: number
  readonly text: string
}

/**
 * The files of the fixed tree with some units as they were before, and nothing else taken back. Where
 * one file cannot be put together that way, the answer is empty.
 *
 * @returns path → text, null for a file that did not exist before; empty where nothing can be reverted
 */
export function revertUnits(
  files: readonly ReadFile[],
  units: readonly Pair[],
): ReadonlyMap<string, string | null> {
  const texts = new Map<string, string | null>()
  for (const path of new Set(units.map((unit) => unit.path))) {
    const file = files.find((candidate) => candidate.file.path === path)
    const text =
      file === undefined
        ? null
        : revertIn(
            file,
            units.filter((unit) => unit.path === path),
          )
    if (text === null) return new Map()
    texts.set(path, text)
  }
  const isUnchanged = [...texts].every(
    ([path, text]) => files.find(({ file }) => file.path === path)?.after?.source === text,
  )
  return isUnchanged ? new Map() : texts
}

function revertIn({ before, after, file }: ReadFile, units: readonly Pair[]): string | null {
  if (after === null) return file.before
  const edits: Edit[] = []
  for (const unit of units) {
    const edit = editOf(unit, after.source, before?.source ?? '')
    if (edit === null) return null
    edits.push(edit)
  }
  return applied(after.source, edits)
}

/** The old text in the new one's place; an added unit goes, a removed one comes back at the end of its owner. */
function editOf({ before, after, name }: Pair, source: string, oldSource: string): Edit | null {
  const old = before?.unit
  const now = after?.unit
  if (old?.kind === 'module' || now?.kind === 'module') return null
  if (now !== undefined) {
    if (old === undefined) return { from: lineStart(source, now.from), to: now.to, text: '' }
    return { from: now.from, to: now.to, text: before?.text ?? '' }
  }
  if (old === undefined) return null
  const text = `\n${oldSource.slice(lineStart(oldSource, old.from), old.to)}\n`
  const owner = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : null
  const at = owner === null ? source.length : ownerEnd(source, owner)
  return at === null ? null : { from: at, to: at, text }
}

/** Where a member can be put back into its class: at the end of its body. */
function ownerEnd(source: string, owner: string): number | null {
  const head = new RegExp(`^(?:export\\s+)?(?:default\\s+)?class\\s+${owner}\\b`, 'm').exec(source)
  if (head === null) return null
  const rest = source.slice(head.index)
  const isBraced = /^[^\n]*\{/.test(rest)
  const end = isBraced ? /\n\}/.exec(rest) : /\n(?=[^\s#)])/.exec(rest)
  if (end !== null) return head.index + end.index
  return isBraced ? null : source.length
}

function lineStart(source: string, at: number): number {
  return source.lastIndexOf('\n', at - 1) + 1
}

function applied(source: string, edits: readonly Edit[]): string {
  const ordered = edits.toSorted((one, other) => other.from - one.from)
  return ordered.reduce(
    (text, { from, to, text: own }) => text.slice(0, from) + own + text.slice(to),
    source,
  )
}
