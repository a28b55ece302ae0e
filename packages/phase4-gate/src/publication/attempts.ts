import { failed, type GitHub, GitHubStop } from '@canary-gate/gate-kernel'
import { openGitHub } from '../github/open.ts'
import type { World } from '../world/schema.ts'

type Values = Readonly<Record<string, unknown>>

/** One forbidden request, in octokit's words. `at` chooses the repository. */
interface Forbidden {
  readonly route: string
  readonly at: 'cli' | 'e2e' | 'events'
  readonly values: Values
}

const issue = '/repos/{owner}/{repo}/issues/{issue_number}'

/** Every way to close, lock, hide or rewrite the tracker that GitHub's API offers. */
const closeTracker: readonly Forbidden[] = [
  ...[{ state: 'closed' }, { state: 'closed', state_reason: 'completed' }, { title: 'x' }].map(
    (change) => ({
      ...{ route: `PATCH ${issue}`, at: 'cli' as const },
      values: { issue_number: 1038, ...change },
    }),
  ),
  { route: `POST ${issue}`, at: 'cli', values: { issue_number: 1038, state: 'closed' } },
  { route: `PUT ${issue}/lock`, at: 'cli', values: { issue_number: 1038 } },
  { route: 'DELETE /repos/{owner}/{repo}', at: 'cli', values: {} },
  {
    route: 'POST /graphql',
    at: 'cli',
    values: { query: 'mutation { closeIssue(input: { issueId: "I_1" }) { issue { id } } }' },
  },
]

/** Writes next to the permitted ones: another number, another repository, another change. */
const closeOthers: readonly Forbidden[] = [
  { route: `PATCH ${issue}`, at: 'cli', values: { issue_number: 41, state: 'closed' } },
  { route: `PATCH ${issue}`, at: 'e2e', values: { issue_number: 42, state: 'closed' } },
  { route: `PATCH ${issue}`, at: 'e2e', values: { issue_number: 41, state: 'open' } },
  { route: `PATCH ${issue}`, at: 'cli', values: { issue_number: 1141, state: 'closed' } },
  { route: `POST ${issue}/comments`, at: 'events', values: { issue_number: 41, body: 'x' } },
]

const attempts = { 'close-tracker': closeTracker, 'close-others': closeOthers } as const

/**
 * Attempts what the gate must not be able to do, through its own client and with the transport
 * unplugged, so that a hole in the allow-list is found without anything being sent through it.
 *
 * @throws GateStop `fail` naming every attempt that got past the allow-list
 */
export async function attemptForbidden(world: World, which: keyof typeof attempts): Promise<void> {
  const reached: string[] = []
  const unplugged: typeof fetch = (input) => {
    reached.push(input instanceof Request ? input.url : String(input))
    return Promise.reject(new TypeError('unplugged'))
  }
  const github = await openGitHub(world, {}, { fetch: unplugged, retryDelaysMs: [] })
  for (const forbidden of attempts[which]) await expectRefusal(github, world, forbidden, reached)
  if (which === 'close-tracker') await expectTypedRefusal(github, reached)
  if (reached.length === 0) return
  throw failed({
    code: 'forbidden-write-possible',
    what: `the gate's own client would have sent: ${reached.join(', ')}`,
    where: 'packages/gate-kernel/src/github/allow-list.ts',
    next: 'repair the allow-list before this gate is used again; nothing was sent',
    findings: reached,
  })
}

async function expectRefusal(
  github: GitHub,
  world: World,
  { route, at, values }: Forbidden,
  reached: string[],
): Promise<void> {
  const [owner, repo] = world.github.repositories[at].split('/')
  await refused(() => github.request(route, { owner, repo, ...values }), route, reached)
}

/** The typed methods, called as no TypeScript would allow. */
async function expectTypedRefusal(github: GitHub, reached: string[]): Promise<void> {
  await refused(() => github.close(1038), 'close(1038)', reached)
  await refused(() => github.reopen(1038), 'reopen(1038)', reached)
}

async function refused(
  attempt: () => Promise<unknown>,
  name: string,
  reached: string[],
): Promise<void> {
  try {
    await attempt()
    reached.push(name)
  } catch (error) {
    const isRefusal = error instanceof GitHubStop && error.kind === 'write-refused'
    if (!isRefusal) reached.push(name)
  }
}
