import type { ChangedFile } from '../changes/change.ts'
import { languageOf } from '../syntax/languages.ts'
import { type Node, walk } from '../syntax/node.ts'
import type { Hunk } from './hunks.ts'
import { linesOf } from './hunks.ts'

/** A small change of one changed line. */
export interface Mutant {
  readonly hunk: number
  /** What was done, with place and text, as reports show it. */
  readonly what: string
  readonly file: string
  readonly text: string
}

/** Token by token, for every language: turn a condition round, swap a constant, move a bound. */
const swaps: readonly (readonly [RegExp, string, string])[] = [
  [/(?<![=!<>])==(?!=)/, '!=', 'negate'],
  [/===/, '!==', 'negate'],
  [/!==/, '===', 'negate'],
  [/!=(?!=)/, '==', 'negate'],
  [/\bis not\b/, 'is', 'negate'],
  [/\bnot in\b/, 'in', 'negate'],
  [/<=(?!=)/, '<', 'move the bound'],
  [/>=(?!=)/, '>', 'move the bound'],
  [/(?<=\w\s)<(?=\s\w)/, '<=', 'move the bound'],
  [/(?<=\w\s)>(?=\s\w)/, '>=', 'move the bound'],
  [/&&/, '||', 'swap and with or'],
  [/\|\|/, '&&', 'swap or with and'],
  [/\btrue\b/, 'false', 'swap the constant'],
  [/\bfalse\b/, 'true', 'swap the constant'],
  [/\bTrue\b/, 'False', 'swap the constant'],
  [/\bFalse\b/, 'True', 'swap the constant'],
  [/(?<![\w.])0(?![\w.])/, '1', 'swap the constant'],
  [/(?<![\w.])1(?![\w.])/, '2', 'swap the constant'],
]

/**
 * Mutants of the changed lines, those of different hunks in turn, so that a short budget sees each hunk.
 *
 * @param most of one hunk
 */
export function mutantsOf(
  files: readonly ChangedFile[],
  hunks: readonly Hunk[],
  most = Infinity,
): readonly Mutant[] {
  // Reading what is generated again and again takes longer than its tests.
  const isSmall = (text: string): boolean => text.length < 500_000
  const lists = hunks.map((hunk) => {
    const file = files.find(({ path }) => path === hunk.file)
    const { after = null } = file ?? {}
    if (file === undefined || after === null || hunk.after.count === 0) return []
    return isSmall(after) ? ofHunk(file.path, after, hunk, most) : []
  })
  const longest = Math.max(0, ...lists.map(({ length }) => length))
  return Array.from({ length: longest }, (_, at) =>
    lists.flatMap((list) => list.slice(at, at + 1)),
  ).flat()
}

function ofHunk(file: string, source: string, hunk: Hunk, most: number): readonly Mutant[] {
  const lines = source.split('\n')
  const [first, last] = linesOf(hunk)
  const found: Mutant[] = []
  for (let number = first; number <= last && found.length < most; number++) {
    const line = lines[number - 1] ?? ''
    for (const [now, how] of [...swapped(line), ...deleted(line, file)]) {
      const text = lines.with(number - 1, now).join('\n')
      const what = `${how} in line ${number}: ${line.trim().slice(0, 80)}`
      if (isProgram(file, text, source)) found.push({ hunk: hunk.id, what, file, text })
    }
  }
  return found
}

const comment = /^\s*(?:#|\/\/|\/\*|\*)/

function swapped(line: string): readonly (readonly [string, string])[] {
  if (comment.test(line)) return []
  return swaps.flatMap(([pattern, by, how]) =>
    pattern.test(line) ? [[line.replace(pattern, by), how] as const] : [],
  )
}

/** A statement on one line of its own: gone, or, where it returns something, returned without it. */
function deleted(line: string, file: string): readonly (readonly [string, string])[] {
  const text = line.trim()
  if (
    text === '' ||
    comment.test(line) ||
    /[{([,:\\]$|^[})\]]|^(?:else|elif|case|def|class|import|from|package|use)\b/.test(text)
  )
    return []
  const indent = line.slice(0, line.length - line.trimStart().length)
  return [[`${indent}${file.endsWith('.py') ? 'pass' : ''}`, 'delete']]
}

/**
 * Whether a text is a program as much as another one: where the language is parsed here, it has no
 * further error. The parser does not know all of TypeScript, so real files have some.
 */
export function isProgram(file: string, text: string, like: string): boolean {
  const language = languageOf(file)
  return language === null || errorsIn(language.parse(text)) <= errorsIn(language.parse(like))
}

function errorsIn(tree: Node): number {
  return [...walk(tree)].filter(({ type }) => type === '⚠').length
}
