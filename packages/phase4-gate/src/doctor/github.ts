import { z } from 'zod'
import {
  type Finding,
  missing,
  present,
  tokenFrom,
  tokenOfCommand,
  unknown,
} from '@canary-gate/gate-kernel'
import type { World } from '../world/schema.ts'
import { type Answer, ask } from './ask.ts'

const TIMEOUT_MS = 30_000

/** A difference that would make ages of snapshots and comments meaningless. */
const MOST_SKEW_SECONDS = 60

/** A token is there, may write to both repositories, and this machine's clock agrees with GitHub. */
export async function examineGitHub(
  world: World,
  environment: NodeJS.ProcessEnv,
  now: () => Date,
): Promise<Finding[]> {
  const { github } = world
  const token = tokenFrom(github, environment) ?? (await tokenOfCommand(github, environment))
  if (token === undefined) {
    const next = `export ${github.tokenEnv}=..., or sign in so that github.tokenCommand prints one`
    return [missing('github.tokenEnv', `${github.tokenEnv} is not set`, next)]
  }
  const headers = { authorization: `Bearer ${token}`, accept: 'application/vnd.github+json' }
  const names = ['cli', 'events', 'e2e'] as const
  const answers = await Promise.all(
    names.map((name) => ask(urlOf(world, name), TIMEOUT_MS, headers)),
  )
  const repositories = names.map((name, place) => judge(name, world, answers[place]))
  return [...repositories, ...judgeScopes(answers[0]), ...judgeClock(answers[0], now)]
}

type RepositoryName = keyof World['github']['repositories']

function urlOf({ github }: World, name: RepositoryName): string {
  return `${github.apiUrl.replace(/\/$/, '')}/repos/${github.repositories[name]}`
}

function judge(name: RepositoryName, world: World, answer: Answer | undefined): Finding {
  const subject = `github.repositories.${name}`
  const url = urlOf(world, name)
  if (answer?.kind !== 'answer') {
    return missing(subject, `${url}: ${answer?.why ?? 'not asked'}`, 'check github.apiUrl')
  }
  if (answer.status === 200) return judgeRights(name, subject, url, answer.body)
  const next = 'correct the repository, or use a token that may read and write its issues'
  return missing(subject, `${url} answers ${answer.status}`, next)
}

const rights = z.looseObject({
  archived: z.boolean().optional(),
  permissions: z.looseObject({ push: z.boolean(), triage: z.boolean().optional() }).optional(),
})

/** Issues are commented on, closed and re-opened in two of them; people are told what they may do. */
function judgeRights(name: RepositoryName, subject: string, url: string, body: unknown): Finding {
  const told = rights.safeParse(body)
  if (!told.success) {
    return missing(subject, `${url} answers something else`, 'check that github.apiUrl is the API')
  }
  const { archived, permissions } = told.data
  if (name === 'events') return present(subject, url)
  if (archived === true) {
    return missing(subject, `${url} is archived: nothing can be written there`, 'unarchive it')
  }
  if (permissions === undefined || permissions.push || permissions.triage === true)
    return present(subject, url)
  const next = 'use a token of somebody who may close and re-open issues there (triage or write)'
  return missing(subject, `${url}: the token may only read`, next)
}

/** Classic tokens name their scopes; fine-grained ones do not, so nothing can be said about them. */
function judgeScopes(answer: Answer | undefined): Finding[] {
  if (answer?.kind !== 'answer' || answer.status !== 200) return []
  const subject = 'scopes of the token'
  const scopes = answer.headers.get('x-oauth-scopes')
  if (scopes === null) {
    return [
      unknown(subject, 'the token does not name its scopes', 'it needs issues: read and write'),
    ]
  }
  const list = scopes.split(',').map((scope) => scope.trim())
  if (list.includes('repo') || list.includes('public_repo')) return [present(subject, scopes)]
  const next = 'make a token with the scope repo (public_repo for public repositories)'
  return [missing(subject, scopes === '' ? 'none' : scopes, next)]
}

function judgeClock(answer: Answer | undefined, now: () => Date): Finding[] {
  const date = answer?.kind === 'answer' ? answer.headers.get('date') : null
  if (date === null) return []
  const seconds = Math.round((now().getTime() - Date.parse(date)) / 1000)
  const seen = `${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} GitHub`
  if (Math.abs(seconds) <= MOST_SKEW_SECONDS) return [present('clock', seen)]
  return [missing('clock', seen, 'set the clock of this machine; ages of evidence depend on it')]
}
