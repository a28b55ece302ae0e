import { askGit } from '@canary-gate/programs'
import { roleOf } from '../changes/paths.ts'

/**
 * Of some names, those that no product file reads: an attribute that is only written, a list that is
 * only filled, a property that nobody but a test asks for.
 */
export async function unreadNames(
  repo: string,
  tree: string,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  const unread = new Set(names.filter((name) => /^[\w$]+$/.test(name)))
  if (unread.size === 0) return unread
  const patterns = [...unread].flatMap((name) => ['-e', name])
  const sources = ['*.py', '*.js', '*.mjs', '*.cjs', '*.ts', '*.mts', '*.cts', '*.jsx', '*.tsx']
  const flags = ['-I', '--full-name', '-w', '-F', '-z']
  const args = ['grep', ...flags, ...patterns, tree, '--', ...sources]
  const answer = await askGit(repo, args)
  if (!answer.ok) return unread
  const readers = new Map([...unread].map((name) => [name, readerOf(name)]))
  for (const line of answer.stdout.toString('utf8').split('\n')) {
    const [place = '', text = ''] = line.split('\0')
    if (roleOf(place.slice(tree.length + 1)) !== 'product') continue
    for (const [name, reads] of readers)
      if (text.includes(name) && reads(text)) {
        unread.delete(name)
        readers.delete(name)
      }
  }
  return unread
}

/** `=`, `+=`, `||=`, without their last sign. */
const operator = '(?:\\|\\||&&|\\?\\?|\\*\\*|//|[-+*/|&%^])?'
/** `["a"]`, `[event["type"]]`. */
const subscript = '\\[(?:[^\\[\\]]|\\[[^\\]]*\\])*\\]'
const fill = '(?:append|add|push|appendleft|insert|extend|update|unshift|setdefault)'

/** Tells whether a line mentions a name other than to write, fill, define or declare it. */
function readerOf(name: string): (line: string) => boolean {
  const escaped = name.replaceAll('$', '\\$')
  const assigns = `\\b${escaped}\\b(?:${subscript})*\\s*(?::[^=]+)?${operator}=(?!=)`
  // `self.seen = getattr(self, "seen", 0) + 1` reads it for itself alone.
  const forItself = new RegExp(`^\\s*(?:[\\w$]+\\.)+#?${assigns}`)
  const writes = [
    new RegExp(`(?:\\b(?:self|this|cls)\\.)?#?${assigns}`, 'g'),
    new RegExp(`\\b${escaped}\\.${fill}\\(`, 'g'),
    new RegExp(`\\b(?:def|function|get|set|async|static|const|let|var)\\s+${escaped}\\b`, 'g'),
    new RegExp(`^\\s*(?:readonly\\s+|private\\s+|#)?${escaped}\\s*(?::|;|$)`, 'g'),
    // A method of a JavaScript class.
    new RegExp(`^\\s*\\*?#?${escaped}\\s*\\([^)]*\\)\\s*(?::[^{]+)?\\{`, 'g'),
    new RegExp(`\\b${escaped}\\b\\s*(?:\\+\\+|--)`, 'g'),
  ]
  const mention = new RegExp(`(?<![\\w$])${escaped}(?![\\w$])`)
  return (line) => {
    const code = line.replace(/(?:^|\s)(?:#|\/\/).*$/, '')
    if (forItself.test(code)) return false
    return mention.test(writes.reduce((text, pattern) => text.replace(pattern, ' '), code))
  }
}
