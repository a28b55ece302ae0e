import type { IssueAnswer } from './schemas.ts'
import { GitHubStop, gitHubStop } from './stop.ts'

/** A comment that is not there (any more): what was wanted of a removal. */
export function ifGone(error: unknown): null {
  if (error instanceof GitHubStop && error.kind === 'not-found') return null
  throw error
}

/** GitHub's web editor and some proxies turn line ends into CRLF. */
export const sameText = (one: string, other: string): boolean =>
  one.replaceAll('\r\n', '\n') === other.replaceAll('\r\n', '\n')

/** An issue that was transferred alone has another number now, and is none of those the gate knows. */
export function transferred(number: number, url: string): Error {
  const what = `issue ${number} was transferred to another repository: it is ${url} now`
  return gitHubStop('transferred', { what, where: `issue ${number}` })
}

/** `owner/name` that GitHub gives for an issue. */
export function homeOf(answer: IssueAnswer): string | null {
  return /\/repos\/([^/]+\/[^/]+)$/.exec(answer.repository_url)?.[1] ?? null
}
