import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGitHub } from '../../../fixtures/github/server.ts'
import { createHistories } from '../../../fixtures/histories/index.ts'
import { githubSeed } from '../../../fixtures/rehearsal/github-seed.ts'
import { rehearsalWorld, tokenEnv } from '../../../fixtures/rehearsal/world.ts'
import type { Fetch } from '../../../packages/gate-kernel/src/github/transport.ts'
import {
  readBlockers,
  verifyMergesAreNoOps,
} from '../../../packages/phase4-gate/src/blockers/requirements.ts'
import { openGitHub } from '../../../packages/phase4-gate/src/github/open.ts'
import { type World, worldSchema } from '../../../packages/phase4-gate/src/world/schema.ts'
import type { Mutation } from '../mutations/document.ts'
import { answersThatHold, mergesElsewhere } from './github-answers.ts'
import type { Subject } from './subject.ts'

/** What GitHub answered to one request of the gate. */
interface Recorded {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

type Answers = ReadonlyMap<string, Recorded>

/** One look of the gate at GitHub, and what it learned by it. */
interface Look {
  readonly name: string
  readonly look: (world: World, fetch: Fetch) => Promise<unknown>
}

const env = { [tokenEnv]: 'rehearsal_token' }
const client = (world: World, fetch: Fetch) => openGitHub(world, env, { fetch, retryDelaysMs: [] })

const looks: readonly Look[] = [
  {
    name: 'blockers',
    look: async (world, fetch) => {
      const blockers = await readBlockers({ world }, await client(world, fetch))
      const fixes = blockers.map(({ issue, closedBy }) => {
        const commits = closedBy.filter(({ setAside }) => setAside === undefined)
        return { issue, commits: [...new Set(commits.map(({ commit }) => commit))].sort() }
      })
      // Without a commit there is nothing that FR-002 could prove.
      return fixes.some(({ commits }) => commits.length === 0) ? null : fixes
    },
  },
  {
    name: 'merges',
    look: async (world, fetch) => {
      const progress = (): void => undefined
      await verifyMergesAreNoOps({ world, progress }, await client(world, fetch))
      return 'merged'
    },
  },
]

/** The world of the rehearsal's GitHub, and what that answered to each look. */
export interface RecordedGitHub {
  readonly world: World
  readonly answers: readonly Answers[]
  /** The git repositories stay until then, because the gate looks into them, too. */
  readonly dispose: () => Promise<void>
}

/** Asks the rehearsal's GitHub what the first requirements ask. */
export async function recordGitHub(): Promise<RecordedGitHub> {
  const folder = await mkdtemp(join(tmpdir(), 'surprises-'))
  const histories = await createHistories(folder)
  const server = await startGitHub(githubSeed(histories, env[tokenEnv], {}), {})
  const addresses = { github: server.url, index: server.url, service: server.url }
  const world = worldSchema.parse(rehearsalWorld(folder, histories, addresses))
  const answers: Answers[] = []
  try {
    for (const one of looks) answers.push(await answersTo(one, world))
  } finally {
    await server.close()
  }
  return { world, answers, dispose: () => rm(folder, { recursive: true, force: true }) }
}

async function answersTo({ look }: Look, world: World): Promise<Answers> {
  const answers = new Map<string, Recorded>()
  await look(world, async (input, init) => {
    const response = await fetch(input, init)
    const { status, headers } = response
    const text = await response.text()
    answers.set(requestOf(input, init), { status, headers, text })
    return new Response(text, { status, headers })
  })
  return answers
}

/** Each answer of GitHub that the first requirements read. */
export function githubSubjects({ world, answers }: RecordedGitHub): readonly Subject[] {
  return looks.flatMap((look, place) => subjectsOf(look, world, answers[place] ?? new Map()))
}

function subjectsOf({ name, look }: Look, world: World, answers: Answers): Subject[] {
  const base = world.github.apiUrl
  return [...answers].map(([request, { text }], place, all): Subject => {
    const sibling = all[(place + 1) % all.length]?.[1].text ?? ''
    return {
      ...{ folder: 'github', alsoOf: 'blockers' },
      name: `${name}: ${nameOf(request.replace(base, ''))}`,
      ...{
        form: 'json',
        faultless: text,
        sibling,
        every: Math.ceil(text.length / 6),
        always,
        harmless: [],
      },
      judge: (bytes) => look(world, replaying(answers, request, bytes)),
      contradictions: [
        ...answersThatHold(text),
        ...answersAboutOthers([...answers], request),
        ...(name === 'merges' ? mergesElsewhere(text) : []),
      ],
    }
  })
}

/** What GitHub answered to the same question about another subject; a timeline does not say whose it is. */
function answersAboutOthers(
  answers: readonly (readonly [request: string, answer: Recorded])[],
  asked: string,
): Mutation[] {
  const kind = (request: string): string => nameOf(request).replaceAll(/\d+/g, 'N')
  return answers
    .filter(([request]) => request !== asked && kind(request) === kind(asked))
    .filter(([request]) => !request.includes('timeline'))
    .map(([request, { text }]) => ({
      ...{ what: `the answer to ${nameOf(request)}`, kind: 'contradiction' },
      bytes: () => Buffer.from(text),
    }))
}

/** Without the repository, and what GraphQL is asked by the number alone. */
function nameOf(request: string): string {
  const [line = '', number = ''] = [request.split(' {')[0], /"number":(\d+)/.exec(request)?.[1]]
  return `${line.replace(/\/repos\/[^/]+\/[^/]+/, '').replace(/\?.*/, '')} ${number}`.trim()
}

/** What the gate reads of these answers; of everything else a part is played. */
const always =
  /^(?:(?:data\.repository\.issue\.)?(?:number|state|state_reason|closed_at|locked|repository_url|merged|merged_at|merge_commit_sha|base\.ref)|.*\.(?:nameWithOwner|oid)): (?!twice)/

/** Plays the recorded answers, one of them with other bytes. */
function replaying(answers: Answers, changed: string, bytes: Uint8Array): Fetch {
  return (input, init) => {
    const request = requestOf(input, init)
    const recorded = answers.get(request)
    if (recorded === undefined) return Promise.resolve(new Response('{}', { status: 404 }))
    const { status, headers, text } = recorded
    const body = request === changed ? Buffer.from(bytes) : text
    return Promise.resolve(new Response(body, { status, headers }))
  }
}

function requestOf(input: Parameters<Fetch>[0], init: Parameters<Fetch>[1]): string {
  const url = input instanceof Request ? input.url : String(input)
  const body = typeof init?.body === 'string' ? ` ${init.body}` : ''
  return `${init?.method ?? 'GET'} ${url}${body}`
}
