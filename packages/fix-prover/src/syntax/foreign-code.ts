/** Texts that may hold what looks like a comment, by the end of a file's name. */
interface Form {
  readonly name: RegExp
  readonly texts: string
  readonly comments: string
  /** Comments that a compiler reads. */
  readonly directives?: RegExp
  /** Whether spaces between words and signs tell nothing, also where texts hold code again. */
  readonly isLoose?: true
}

const blocks = String.raw`//[^\n]*|/\*[\s\S]*?\*/`
const quoted = String.raw`"(?:\\[\s\S]|[^"\\])*"`
const letter = String.raw`'(?:\\[^\n']+|\\'|[^'\\\n])'`

const forms: readonly Form[] = [
  {
    name: /\.go$/,
    texts: `\`[^\`]*\`|${quoted}|${letter}`,
    comments: blocks,
    directives: /^\/\/(?:go:|\s*\+build|export |line )|#\s*(?:cgo|include|define)/,
    isLoose: true,
  },
  {
    name: /\.rs$/,
    texts: String.raw`\bb?r(?<hashes>#*)"[\s\S]*?"\k<hashes>|${quoted}|${letter}`,
    comments: blocks,
    isLoose: true,
  },
  {
    name: /\.java$/,
    texts: `"""[\\s\\S]*?"""|${quoted}|${letter}`,
    comments: blocks,
    isLoose: true,
  },
  {
    name: /\.(?:c|cc|cpp|h|hpp)$/,
    texts: String.raw`\bR"(?<mark>[^\s()]*)\([\s\S]*?\)\k<mark>"|${quoted}|${letter}`,
    comments: blocks,
    isLoose: true,
  },
  {
    name: /\.(?:kt|cs|swift|scala)$/,
    texts: `"""[\\s\\S]*?"""|${quoted}|${letter}`,
    comments: blocks,
  },
  {
    name: /\.(?:rb|sh|ya?ml|toml|ex|exs|pl)$/,
    texts: String.raw`"""[\s\S]*?"""|'''[\s\S]*?'''|${quoted}|'[^']*'`,
    comments: String.raw`(?<=(?:^|\n)[^\S\n]*)#[^\n]*`,
    directives: /^\s*#(?:!|.*\b(?:frozen_string_literal|(?:en)?coding|warn_indent)\b)/,
  },
]

/** Blocks of text that nothing but the line of their begin tells from code. */
const hereText = /<<|[|>][-+\d]*[^\S\n]*(?:\n|$)|^=begin|^__END__/m

/**
 * The code of a file in a language that is not parsed here: without comments, and where that is certain,
 * without layout. Equal for two files only if a program is the same; null where nothing is known of its form.
 */
export function foreignCode(path: string, text: string): string | null {
  const form = forms.find(({ name }) => name.test(path))
  if (form === undefined) return null
  const { texts, comments, directives, isLoose = false } = form
  if (comments !== blocks && hereText.test(text)) return null
  const signs = String.raw`[()[\]{},;]|(?:(?!//|/\*)[^\s\w"'\`()[\]{},;])+`
  const parts = new RegExp(
    String.raw`(?<text>${texts})|(?<comment>${comments})|(?<end>\s*\n\s*)|(?<space>\s+)|\w+|${signs}|.`,
    'g',
  )
  const tokens = [...text.matchAll(parts)].flatMap(({ 0: token, groups = {} }) => {
    if (groups['comment'] !== undefined) return commentOf(token, directives)
    if (groups['end'] !== undefined) return [isLoose ? '\n' : token]
    return groups['space'] !== undefined && isLoose ? [] : [token]
  })
  const blank = /(?:[^\S\n]*\u0000?\n)+\u0000?/g
  return tokens
    .join('\u0000')
    .replaceAll(blank, '\n')
    .replaceAll(/^\n|\n$/g, '')
}

/**
 * The same text with spaces for what is in texts and comments, so that brackets are those of the code; null
 * where nothing is known of its form.
 */
export function withoutWords(path: string, text: string): string | null {
  const form = forms.find(({ name }) => name.test(path))
  if (form === undefined) return null
  return text.replaceAll(new RegExp(`${form.texts}|${form.comments}`, 'g'), (words) =>
    words.replaceAll(/[^\n]/g, ' '),
  )
}

/** Where texts begin and end in a language that is not parsed here. */
export function foreignTexts(path: string, text: string): readonly (readonly [number, number])[] {
  const form = forms.find(({ name }) => name.test(path))
  if (form === undefined) return []
  const words = new RegExp(`(?<text>${form.texts})|${form.comments}`, 'g')
  return [...text.matchAll(words)].flatMap(({ 0: { length }, index, groups }) =>
    groups?.['text'] === undefined ? [] : [[index, index + length] as const],
  )
}

/** What is left of a comment: one over several lines ends a line. */
function commentOf(token: string, directives: RegExp | undefined): readonly string[] {
  if (directives?.test(token) === true) return [token]
  return token.includes('\n') ? ['\n'] : []
}
