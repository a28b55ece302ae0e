import { gitHubStop } from './stop.ts'
import type { GitHubSettings, IssueTargets } from './targets.ts'

/** Where an issue is, as octokit's routes name it. */
export interface Target {
  readonly owner: string | undefined
  readonly repo: string | undefined
  readonly issue_number: number
  readonly [name: string]: unknown
}

/** In which repository each issue of the definition is; it can have moved with its repository. */
export interface Issues {
  /** `owner/name` by the issue's number: as configured, until GitHub says that it has moved. */
  readonly homes: Readonly<Record<number, string>>
  isConfirmed(number: number): boolean
  /** @throws GitHubStop for every issue that the gate's definition does not name */
  home(number: number): string
  on(number: number): Target
  /** @throws Error for a repository that the world does not name */
  inRepository(repository: string): { readonly owner: string; readonly repo: string }
  /**
   * Only a redirect moves an issue to another repository; an answer's own word does not.
   *
   * @throws GitHubStop when the answer is about an issue of another repository
   */
  settle(number: number, home: string | null, isRedirected: boolean): void
}

export function issueHomes({ repositories }: GitHubSettings, targets: IssueTargets): Issues {
  const confirmed = new Set<number>()
  const slug = (repository: string): string => {
    const found = repositories[repository]
    if (found === undefined) throw new Error(`the world names no repository "${repository}"`)
    return found
  }
  const homes: Record<number, string> = Object.fromEntries(
    Object.entries(targets).map(([number, { repository }]) => [number, slug(repository)]),
  )
  const home = (number: number): string => {
    const found = Object.hasOwn(targets, number) ? homes[number] : undefined
    if (found !== undefined) return found
    const what = `issue ${number} is not one that the definition of the gate names`
    throw gitHubStop('write-refused', { what, where: `issue ${number}` })
  }
  return {
    homes,
    home,
    isConfirmed: (number) => confirmed.has(number),
    on: (number) => {
      const [owner, repo] = home(number).split('/')
      return { owner, repo, issue_number: number }
    },
    inRepository: (repository) => {
      const [owner = '', repo = ''] = slug(repository).split('/')
      return { owner, repo }
    },
    settle: (number, answered, isRedirected) => {
      const known = home(number)
      const isSame = answered?.toLowerCase() === known.toLowerCase()
      if (answered === null || (!isSame && !isRedirected)) {
        const what = `issue ${number} of ${known} was asked for, one of ${answered ?? 'an unnamed repository'} was answered`
        throw gitHubStop('unreadable', { what, where: `issue ${number}` })
      }
      homes[number] = answered
      confirmed.add(number)
    },
  }
}
