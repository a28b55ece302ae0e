import { withoutWords } from '../syntax/foreign-code.ts'

/** What an open brace is of: statements, the cases of a switch, or something else. */
type Kind = 'block' | 'cases' | 'other'

/** How a language tells a block of statements by what is before its brace. */
interface Rules {
  readonly name: RegExp
  readonly cases?: RegExp
  readonly other: RegExp
  readonly block: RegExp
  /** No statement can go before a line like this. */
  readonly goesOn: RegExp
  /** A line behind which a statement may begin. */
  readonly ends: RegExp
  /** Whether that is any line that is finished, without a sign of its own. */
  readonly endsLines: boolean
}

const goesOn = /^(?:[.)}\]?:&|=<>*/,+]|else\b|catch\b|finally\b|case\b|default\b)/

const languages: readonly Rules[] = [
  {
    name: /\.go$/,
    cases: /^(?:switch|select)\b/,
    other: /\b(?:struct|interface)\s*$/,
    block: /^(?:if|for|else|switch)\b|\}\s*else\b|\bfunc\b|^(?:case|default)\b.*:$|^$/,
    goesOn,
    ends: /[^,(.[=+&|]$/,
    endsLines: true,
  },
  {
    name: /\.rs$/,
    // Between the arms of a match there is no statement.
    other:
      /\bmatch\b(?![\s\S]*=>)|^(?:#\[[^\]]*\]\s*)*(?:pub(?:\([^)]*\))?\s+)?(?:unsafe\s+)?(?:struct|enum|union|trait|impl|mod|extern|macro_rules!)\b/,
    block: /\b(?:fn|if|else|for|while|loop|unsafe|async|move)\b|(?:=>|=|\|)\s*$|^$/,
    goesOn,
    ends: /[{};]$/,
    endsLines: false,
  },
  {
    name: /\.java$/,
    cases: /\bswitch\s*\([^;]*\)$/,
    other: /\b(?:class|interface|enum|record)\s+\w+|\bnew\s+[\w.<>, ]+\([^;]*\)$/,
    block: /\)\s*(?:throws\s+[\w., ]+)?$|\b(?:else|try|do|finally|static)\s*$|->\s*$|^$/,
    goesOn: new RegExp(`${goesOn.source}|^(?:super|this)\\s*\\(`),
    ends: /[{};]$|^\s*(?:case\b.*|default\s*):$/,
    endsLines: false,
  },
]

interface Open {
  readonly kind: Kind
  /** Round and square brackets that are open in it. */
  depth: number
}

/**
 * A file with a statement in front of each of some lines that are executed, or of the statement that they
 * are of; of a function on one line, inside of it. No line gets another number. Null: nowhere.
 */
export function stoppedByBraces(
  path: string,
  source: string,
  wanted: readonly number[],
  words: string,
): string | null {
  const rules = languages.find(({ name }) => name.test(path))
  const plain = withoutWords(path, source)
  if (rules === undefined || plain === null) return null
  const lines = plain.split('\n')
  const places = placesIn(lines, rules)
  const offsets = wanted.flatMap((number) => {
    const found = offsetFor(lines, places, number)
    return found === null ? [] : [found]
  })
  const texts = source.split('\n')
  for (const [line, at] of new Map(offsets.map((one) => [one.join(), one])).values()) {
    const text = texts[line] ?? ''
    texts[line] = `${text.slice(0, at)}${at > 0 ? ' ' : ''}${words} ${text.slice(at)}`
  }
  return offsets.length === 0 ? null : texts.join('\n')
}

/** Of each line the place for a statement: before it, and behind the brace of a block that begins in it. */
interface Places {
  readonly before: number | null
  readonly inside: number | null
}

function placesIn(lines: readonly string[], rules: Rules): readonly Places[] {
  const open: Open[] = []
  let head = ''
  let last = ''
  return lines.map((line) => {
    const text = line.trim()
    const isPlace = isStatement(text, last, open.at(-1), rules)
    const read = readLine(line, head, open, rules)
    // In Go the end of a line ends a statement.
    const isOver = rules.endsLines && (open.at(-1)?.depth ?? 0) === 0 && rules.ends.test(text)
    head = isOver ? '' : `${read.head}\n`
    if (text !== '') last = text
    return { before: isPlace ? line.length - line.trimStart().length : null, inside: read.inside }
  })
}

function isStatement(text: string, last: string, around: Open | undefined, rules: Rules): boolean {
  if (text === '' || around === undefined || around.kind === 'other' || around.depth > 0)
    return false
  return rules.ends.test(last) && !rules.goesOn.test(text)
}

/** Opens and closes the brackets of a line. */
function readLine(
  line: string,
  begun: string,
  open: Open[],
  rules: Rules,
): { readonly head: string; readonly inside: number | null } {
  let head = begun
  let inside: number | null = null
  for (const { 0: sign, index: at } of line.matchAll(/[(){}[\];]|[^(){}[\];]+/g)) {
    if (sign === '{') {
      // Behind the type of a literal: `[]struct{ … }{ … }`.
      const isLiteral = line.slice(0, at).trimEnd().endsWith('}')
      const kind = isLiteral ? 'other' : kindOf(head.trim(), open.at(-1), rules)
      open.push({ kind, depth: 0 })
      if (kind === 'block') inside = at + 1
    }
    if (sign === '}') open.pop()
    const around = open.at(-1)
    if (around !== undefined) around.depth += depths[sign] ?? 0
    head = /^[{};]$/.test(sign) ? '' : head + sign
  }
  return { head, inside }
}

const depths: Readonly<Record<string, number>> = { '(': 1, '[': 1, ')': -1, ']': -1 }

/** A block that is only itself is one in a block. */
function kindOf(head: string, around: Open | undefined, rules: Rules): Kind {
  if (rules.cases?.test(head) === true) return 'cases'
  if (rules.other.test(head) || (head === '' && around?.kind !== 'block')) return 'other'
  return rules.block.test(head) ? 'block' : 'other'
}

/** More lines than these are not one statement. */
const longestStatement = 30

function offsetFor(
  lines: readonly string[],
  places: readonly Places[],
  number: number,
): readonly [line: number, at: number] | null {
  const indentOf = (line: string): number => line.length - line.trimStart().length
  const own = lines[number - 1] ?? ''
  if (own.trim() === '') return null
  for (let at = number - 1; at >= Math.max(0, number - longestStatement); at--) {
    const { before, inside } = places[at] ?? { before: null, inside: null }
    const isAround = indentOf(lines[at] ?? '') <= indentOf(own)
    if (before !== null && isAround) return [at, before]
    if (inside !== null && at === number - 1) return [at, inside]
    if (/^\S/.test(lines[at] ?? '')) return null
  }
  return null
}
