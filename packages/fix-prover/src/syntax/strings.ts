/**
 * One spelling for equal plain strings: quotes of either kind, escaped or not. Escapes other than
 * of quotes stay as they are written.
 */
export function canonicalString(text: string): string {
  const match = /^(?<prefix>[a-zA-Z]*)(?<quote>'''|"""|'|"|`)(?<body>[\s\S]*)\k<quote>$/.exec(text)
  if (match?.groups === undefined) return text
  const { prefix = '', body = '' } = match.groups
  const isRaw = prefix.toLowerCase().includes('r')
  const meaning = prefix.toLowerCase().replace('u', '')
  return `${meaning}"${isRaw ? body : body.replace(/\\(['"`])/g, '$1')}"`
}
