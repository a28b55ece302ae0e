import type { ChangedFile } from '../changes/change.ts'
import { formOf, indentOf, probeWord, type Texts, withBefore } from './forms.ts'
import { type Hunk, linesOf, withoutHunks } from './hunks.ts'
import { isProgram } from './mutants.ts'

/** The files with the change and a comment at each place that changed: nothing else to a program. */
export function withComments(files: readonly ChangedFile[], hunks: readonly Hunk[]): Texts {
  const texts = new Map<string, string>()
  for (const [path, own] of Map.groupBy(hunks, ({ file }) => file)) {
    const after = files.find((file) => file.path === path)?.after
    const form = formOf(path)
    if (after === null || after === undefined || form === undefined) continue
    const lines = after.split('\n')
    const numbers = own.map((hunk) => linesOf(hunk)[0])
    const text = withBefore(lines, numbers, `${form.comment} ${probeWord}`)
    if (isProgram(path, text, after)) texts.set(path, text)
  }
  return texts
}

/** The files without the change, with its lines as comments: what reads the text still finds it. */
export function asComments(
  files: readonly ChangedFile[],
  hunks: readonly Hunk[],
): ReadonlyMap<string, string | null> {
  const quoted = files.map((file) => {
    const form = formOf(file.path)
    if (form === undefined || file.after === null || file.before === null) return file
    const lines = file.after.split('\n')
    const spans = hunks.filter((hunk) => hunk.file === file.path)
    const before = file.before.split('\n')
    const all: string[] = []
    for (const hunk of spans.toSorted((one, other) => other.before.first - one.before.first)) {
      const [first, last] = linesOf(hunk)
      const added = hunk.after.count === 0 ? [] : lines.slice(first - 1, last)
      all.unshift(...added)
      const at = hunk.before.count === 0 ? hunk.before.first : hunk.before.first - 1
      const old = before.slice(at, at + hunk.before.count)
      // In the place of the lines, behind the first of the old ones, so that a function holds them.
      const kept = old.length === 0 ? 0 : 1
      before.splice(
        at + kept,
        0,
        ...added.map((line) => `${indentOf(line)}${form.comment} ${line.trim()}`),
      )
    }
    const quote = form.quote?.(all.join('\n'))
    const text = before.join('\n') + (quote === undefined ? '' : `\n${quote}\n`)
    return isProgram(file.path, text, file.before) ? { ...file, before: text } : file
  })
  const whole = withoutHunks(files, hunks)
  return new Map(
    [...whole].map(([path, text]) => {
      const file = quoted.find((one) => one.path === path)
      const original = files.find((one) => one.path === path)?.before
      // Of a file with tests of its own only the product part goes.
      return [path, text === null || text !== original ? text : (file?.before ?? text)]
    }),
  )
}
