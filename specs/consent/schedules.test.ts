import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import type { Sender } from '../../packages/sync-engine/src/consent/sender.ts'
import { coverProject, grant, revoke } from '../../packages/sync-engine/src/consent/decide.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import type { Journal } from '../../packages/sync-engine/src/journal/journal.ts'
import {
  DEFAULT_LIMITS,
  type DeliveryReceiver,
} from '../../packages/sync-engine/src/receivers/contract.ts'
import { spec } from '../spec.ts'

const ACCOUNTS = ['ann@example.org', 'ben@example.org'] as const
/** What rows of an old queue of the first account's scope are captured under, and those of nobody's. */
const QUEUE = 'queue-0123456789abcdef'
const CAPTURED_UNDER = ['', ...ACCOUNTS, QUEUE, 'queue-fedcba9876543210'] as const

const project = fc.nat({ max: 2 })
const account = fc.constantFrom(...ACCOUNTS)
const under = fc.constantFrom(...CAPTURED_UNDER)
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('capture' as const), project, under }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cover' as const), project, account }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('grant' as const), project, account, under }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('revoke' as const), project, account }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('drain' as const),
      account,
      to: fc.constantFrom('one', 'other', 'endpoint'),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

interface Given {
  readonly project: string
  readonly account: string
  readonly covers: string
  isTakenBack: boolean
}

interface Captured {
  readonly id: string
  readonly project: string
  readonly under: string
}

/** What people agreed to, as a list, and the rule of docs/consent.md in a few lines. */
class Model {
  readonly events: Captured[] = []
  readonly arrived = new Map<string, Set<string>>()
  readonly #given: Given[] = []

  give(wanted: Omit<Given, 'isTakenBack'>): void {
    const same = this.#find(wanted)
    if (same === undefined) this.#given.push({ ...wanted, isTakenBack: false })
    else same.isTakenBack = false
  }

  cover(name: string, account: string): void {
    const own = { project: name, account, covers: account }
    const isRevoked = this.#given.some((one) => one.project === name && one.isTakenBack)
    if (this.#find(own) === undefined && !isRevoked) this.give(own)
  }

  takeBack(name: string, account: string): void {
    const own = { project: name, account, covers: account }
    if (this.#find(own) === undefined) this.#given.push({ ...own, isTakenBack: true })
    for (const one of this.#given) if (one.project === name) one.isTakenBack = true
  }

  mayGo(
    { project: name, under: captured }: Captured,
    { kind, account, queueName }: Sender,
  ): boolean {
    return this.#given.some(({ project: agreed, account: by, covers, isTakenBack }) => {
      if (agreed !== name || isTakenBack || (kind === 'login' && by !== account)) return false
      if (covers === by && ['', queueName].includes(captured)) return true
      return covers === captured && (kind === 'login' || [covers, account].includes(by))
    })
  }

  #find({ project: name, account, covers }: Omit<Given, 'isTakenBack'>): Given | undefined {
    return this.#given.find(
      (one) => one.project === name && one.account === account && one.covers === covers,
    )
  }
}

/** A receiver without a socket: what it is given has arrived. */
function receiverFor(to: string, account: string, arrived: Set<string>): DeliveryReceiver {
  const url = `https://${to}.example`
  const identity =
    to === 'endpoint'
      ? ({ kind: 'external', url } as const)
      : ({ kind: 'teamspace', url, userEmail: account, teamSlug: 't' } as const)
  return {
    identity,
    endpoint: url,
    team: undefined,
    gate: () => Promise.resolve({ kind: 'open' }),
    describe: () => Promise.resolve({ limits: DEFAULT_LIMITS, deployment: {} }),
    post: ({ eventIds }) => {
      for (const id of eventIds) arrived.add(id)
      const results = new Map(eventIds.map((id) => [id, { verdict: 'success' } as const]))
      return Promise.resolve({ kind: 'results', httpStatus: 200, results })
    },
    close: () => Promise.resolve(),
  }
}

async function deliver(
  journal: Journal,
  model: Model,
  { account: as, to }: Extract<Step, { kind: 'drain' }>,
): Promise<void> {
  const kind = to === 'endpoint' ? 'endpoint' : 'login'
  const queueName = as === ACCOUNTS[0] ? QUEUE : undefined
  const sender: Sender = { kind, account: as, queueName }
  const target = kind === 'endpoint' ? to : `${to} for ${as}`
  const before = model.arrived.get(target) ?? new Set<string>()
  const allowed = model.events.filter((event) => model.mayGo(event, sender)).map(({ id }) => id)
  const arrived = new Set(before)
  await drain({ journal, receiver: receiverFor(to, as, arrived), sender })
  expect(arrived).toEqual(new Set([...before, ...allowed]))
  model.arrived.set(target, arrived)
}

async function play(journal: Journal, steps: readonly Step[]): Promise<void> {
  const model = new Model()
  const names = [0, 1, 2].map(() => randomUUID())
  const by = { who: 'somebody', command: 'spec-kitty sync allow' }
  for (const one of steps) {
    if (one.kind === 'drain') {
      await deliver(journal, model, one)
      continue
    }
    const name = names[one.project] ?? ''
    if (one.kind === 'capture') {
      const event = anEvent({ project_uuid: name, aggregate_id: `WP-${model.events.length}` })
      capture(journal, [event], { account: one.under })
      model.events.push({ id: event.event_id, project: name, under: one.under })
    } else if (one.kind === 'grant') {
      const consent = { project: name, account: one.account, covers: one.under }
      grant(journal, consent, by, '')
      model.give(consent)
    } else if (one.kind === 'cover') {
      coverProject(journal, { project: name, account: one.account }, by)
      model.cover(name, one.account)
    } else {
      revoke(journal, { project: name, account: one.account }, by)
      model.takeBack(name, one.account)
    }
  }
}

/** `CONSENT_RUNS=10000` plays as many as the criterion asks for. */
const RUNS = Number(process.env['CONSENT_RUNS'] ?? 100)

spec(
  ['SYNC/C-008', 'SYNC/FR-005', 'SYNC/FR-017'],
  'whatever is captured, agreed to, taken back and delivered in any order, no event goes where it may not and none that may is kept back',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (steps) => {
        using world = temporaryJournal({ synchronous: 'NORMAL' })
        await play(world.journal, steps)
      }),
      { numRuns: RUNS },
    )
  },
)
