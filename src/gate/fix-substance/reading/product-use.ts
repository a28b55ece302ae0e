import { askGit } from '../../git/git.ts'
import { roleOf } from '../paths.ts'

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
  const args = ['grep', '-I', '--full-name', '-w', '-F', '-z', ...patterns, tree, '--', ...sources]
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

/** Tells whether a line mentions a name other than to write, fill, define or declare it. */
function readerOf(name: string): (line: string) => boolean {
  const escaped = name.replaceAll('$', '\\$')
  const writes = [
    new RegExp(`(?:\\b(?:self|this|cls)\\.)?#?\\b${escaped}\\b\\s*(?::[^=]+)?=(?!=)`, 'g'),
    new RegExp(
      `\\b${escaped}\\.(?:append|add|push|appendleft|insert|extend|unshift|setdefault)\\(`,
      'g',
    ),
    new RegExp(`\\b(?:def|function|get|set|async|static|const|let|var)\\s+${escaped}\\b`, 'g'),
    new RegExp(`^\\s*(?:readonly\\s+|private\\s+|#)?${escaped}\\s*(?::|;|$)`, 'g'),
  ]
  const mention = new RegExp(`(?<![\\w$])${escaped}(?![\\w$])`)
  return (line) => {
    const code = line.replace(/(?:^|\s)(?:#|\/\/).*$/, '')
    return mention.test(writes.reduce((text, pattern) => text.replace(pattern, ' '), code))
  }
}
