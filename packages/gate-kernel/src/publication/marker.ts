import { createHash } from 'node:crypto'

/**
 * The hidden line that makes a comment recognisable as the gate's: whose run, which candidate, which
 * issue, and the hash of what it says. It proves nothing alone, since anyone can copy it: who looks for
 * it also asks for the author.
 */
export interface Marker {
  readonly run: string
  /** SHA-256 of the candidate's wheel: two runs of one candidate publish one comment. */
  readonly candidate: string
  readonly issue: number
  /** SHA-256 of the comment without its marker line. */
  readonly sha256: string
}

const pattern =
  /\n<!-- canary-gate run=(?<run>[\w-]+) candidate=(?<candidate>\w+) issue=(?<issue>\d+) sha256=(?<sha256>[0-9a-f]{64}) -->\s*$/

/** Ends a comment with its marker. */
export function withMarker(text: string, of: Omit<Marker, 'sha256'>): string {
  const { run, candidate, issue } = of
  const hidden = `run=${run} candidate=${candidate} issue=${issue} sha256=${hashOf(text)}`
  return `${text}\n<!-- canary-gate ${hidden} -->\n`
}

/** The marker of a comment, or null if it has none. */
export function markerOf(body: string): Marker | null {
  // GitHub's web editor turns line ends into CRLF when somebody edits a comment.
  const groups = pattern.exec(body.replaceAll('\r\n', '\n'))?.groups
  if (groups === undefined) return null
  const { run = '', candidate = '', issue = '', sha256 = '' } = groups
  return { run, candidate, issue: Number(issue), sha256 }
}

/** The comment without its marker line. */
export const withoutMarker = (body: string): string =>
  body.replaceAll('\r\n', '\n').replace(pattern, '')

/** Whether a comment still says what its marker was made for. */
export const isUntouched = (body: string): boolean =>
  markerOf(body)?.sha256 === hashOf(withoutMarker(body))

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')
