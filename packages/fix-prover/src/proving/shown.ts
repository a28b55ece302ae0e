import type { ChangedFile } from '../changes/change.ts'
import { languageOf } from '../syntax/languages.ts'
import { formOf, javascript } from './forms.ts'
import { type Hunk, withoutHunks } from './hunks.ts'

/**
 * What the disk says while the files with the change run: the files without it. A test that fails then as it
 * does without the change follows the text, whatever it reads of it.
 *
 * @param mark file that is there once a text of the disk was executed all the same: then nothing is shown
 */
export function shownOnDisk(
  files: readonly ChangedFile[],
  hunks: readonly Hunk[],
  mark: string,
): ReadonlyMap<string, string> {
  const texts = [...withoutHunks(files, hunks)].flatMap(([path, text]) => {
    const { after = null } = files.find((file) => file.path === path) ?? {}
    if (text === null || after === null || formOf(path) === undefined) return []
    return [[path, noting(path, text, mark)] as const]
  })
  return new Map(texts)
}

/** A text that leaves a mark when it is executed, as far as that can be said in its language: in few words, which its readers meet, too. */
function noting(path: string, text: string, mark: string): string {
  const form = formOf(path)
  const word = JSON.stringify(mark)
  if (path.endsWith('.py')) {
    const at = beginOf(path, text)
    return `${text.slice(0, at)}open(${word}, "a")\n${text.slice(at)}`
  }
  if (javascript.test(path)) {
    const note = `process.getBuiltinModule("node:fs").writeFileSync(${word}, "");`
    return text.replace(/^(?!#!)/, () => `${note} `)
  }
  if (path.endsWith('.go'))
    return form?.imports?.(`${text}\nvar _, _ = canaryos.Create(${word})\n`) ?? text
  const end = path.endsWith('.java') ? text.lastIndexOf('}') : -1
  const note = `static { ${form?.notes?.(mark) ?? ''} }\n`
  return end < 0 ? text : `${text.slice(0, end)}${note}${text.slice(end)}`
}

/** Where the first statement of a Python file begins that may have another one before it. */
function beginOf(path: string, text: string): number {
  const first = languageOf(path)
    ?.parse(text)
    .children.find(
      ({ type, from, to }) =>
        type !== 'Comment' && !/^(?:from\s+__future__|[a-z]*["'])/i.test(text.slice(from, to)),
    )
  return first === undefined ? text.length : text.lastIndexOf('\n', first.from) + 1
}
