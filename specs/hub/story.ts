import fc from 'fast-check'
import { randomUUID } from 'node:crypto'
import type { EventEnvelope } from '../../packages/batch-contract/src/index.ts'
import { anEvent } from '../../fixtures/engine/events.ts'
import { get, readAll } from '../../fixtures/hub/client.ts'
import type { Cluster } from '../../fixtures/hub/cluster.ts'
import { startFaultyProxy, type FaultyProxy } from '../../fixtures/hub/faulty-proxy.ts'
import { hubProcess, tokenFor, type HubProcess } from '../../fixtures/hub/hub.ts'
import { NumberedSender } from '../../fixtures/hub/numbered-sender.ts'

export interface StoryFigures {
  readonly seed: number
  events: number
  kills: number
  databaseCrashes: number
  connectionsCut: number
  repliesDropped: number
  refusedWithConflict: number
  copiesNoticed: number
  copies: number
  readonly problems: string[]
}

export interface StorySize {
  readonly homes: number
  readonly steps: number
}

type Step =
  | 'capture'
  | 'drain'
  | 'kill-hub'
  | 'crash-database'
  | 'cut-connections'
  | 'drop-reply'
  | 'copy'
  | 'restore'
  | 'replay'

/**
 * One story: homes that capture and deliver to two hub processes through a connection that drops
 * replies, while hubs are killed, the database crashes and its connections are cut; homes are copied
 * and restored from backups. At the end everything is delivered once more, and the store must have
 * every event exactly once, in the order of each aggregate, and name every copy.
 */
export async function playStory(
  cluster: Cluster,
  seed: number,
  { homes, steps }: StorySize,
): Promise<StoryFigures> {
  const database = await cluster.createDatabase()
  const token = await tokenFor(database, 'fleet')
  const world = new World(cluster, database, token, seed)
  await world.start(homes)
  try {
    const [plan = []] = fc.sample(
      fc.array(fc.constantFrom(...STEPS), { minLength: steps, maxLength: steps }),
      { numRuns: 1, seed },
    )
    const choices = fc.sample(fc.nat(1_000), { numRuns: steps, seed: seed + 1 })
    for (const [index, step] of plan.entries()) await world.play(step, choices[index] ?? 0)
    await world.finish()
    return world.figures
  } finally {
    await world.stop()
  }
}

const STEPS: readonly Step[] = [
  'capture',
  'capture',
  'capture',
  'drain',
  'drain',
  'drain',
  'replay',
  'kill-hub',
  'crash-database',
  'cut-connections',
  'drop-reply',
  'copy',
  'restore',
]

class World {
  readonly figures: StoryFigures
  readonly #cluster: Cluster
  readonly #database: string
  readonly #token: string
  #hubs: HubProcess[] = []
  #proxies: FaultyProxy[] = []
  readonly #homes: NumberedSender[] = []
  readonly #captured: EventEnvelope[] = []

  constructor(cluster: Cluster, database: string, token: string, seed: number) {
    this.#cluster = cluster
    this.#database = database
    this.#token = token
    this.figures = {
      seed,
      events: 0,
      kills: 0,
      databaseCrashes: 0,
      connectionsCut: 0,
      repliesDropped: 0,
      refusedWithConflict: 0,
      copiesNoticed: 0,
      copies: 0,
      problems: [],
    }
  }

  async start(homes: number): Promise<void> {
    this.#hubs = await Promise.all([hubProcess(this.#database), hubProcess(this.#database)])
    this.#proxies = await Promise.all(
      this.#hubs.map((hub) => startFaultyProxy(Number(new URL(hub.url).port))),
    )
    for (let index = 0; index < homes; index += 1)
      this.#homes.push(new NumberedSender(randomUUID(), this.#token, `node-${index}`))
  }

  async play(step: Step, choice: number): Promise<void> {
    const home = this.#homes[choice % this.#homes.length]
    const which = choice % this.#hubs.length
    if (home === undefined) return
    switch (step) {
      case 'capture':
        this.#capture(home, 1 + (choice % 40))
        return
      case 'drain':
        return this.#drain(home, which)
      case 'replay':
        home.forgetAnswers()
        return this.#drain(home, which)
      case 'kill-hub':
        return this.#killWhileDraining(home, which)
      case 'crash-database':
        return this.#crashWhileDraining(home, which)
      case 'cut-connections': {
        const draining = this.#drain(home, which)
        await this.#cluster.cutConnections()
        this.figures.connectionsCut += 1
        return draining
      }
      case 'drop-reply':
        this.#proxies[which]?.dropNextReply()
        await this.#drain(home, which)
        this.figures.repliesDropped = this.#proxies.reduce((sum, one) => sum + one.dropped, 0)
        return
      case 'copy':
      case 'restore':
        return this.#copy(home, step, choice)
    }
  }

  #capture(home: NumberedSender, count: number): void {
    for (let index = 0; index < count; index += 1) {
      const event = anEvent({
        node_id: home.node,
        aggregate_id: `${home.node}-WP0${index % 3}`,
        lamport_clock: home.tick(),
      })
      home.capture(event)
      this.#captured.push(event)
    }
    this.figures.events = this.#captured.length
  }

  async #drain(home: NumberedSender, which: number): Promise<void> {
    const proxy = this.#proxies[which]
    if (proxy !== undefined) await home.deliver(proxy.url, 7)
  }

  async #killWhileDraining(home: NumberedSender, which: number): Promise<void> {
    const hub = this.#hubs[which]
    if (hub === undefined) return
    const port = Number(new URL(hub.url).port)
    const draining = this.#drain(home, which)
    await hub.end('SIGKILL')
    await draining
    this.figures.kills += 1
    this.#hubs[which] = await hubProcess(this.#database, port)
  }

  async #crashWhileDraining(home: NumberedSender, which: number): Promise<void> {
    const draining = this.#drain(home, which)
    await this.#cluster.crash()
    await draining
    this.figures.databaseCrashes += 1
  }

  /** A copy goes on under the same identity; both capture, so their numbers must meet. */
  async #copy(home: NumberedSender, step: 'copy' | 'restore', choice: number): Promise<void> {
    if (home.sequence === 0) this.#capture(home, 3)
    const backup = home.copy()
    this.#capture(home, 2)
    this.#homes.push(backup)
    this.#capture(backup, 1 + (choice % 3))
    await this.#settle(home)
    const noticed = backup.noticed
    await this.#settle(backup)
    this.figures.copies += 1
    if (backup.noticed > noticed) this.figures.copiesNoticed += 1
    else this.figures.problems.push(`a ${step} was not noticed`)
  }

  async #settle(home: NumberedSender): Promise<void> {
    for (let tries = 0; home.waiting > 0; tries += 1) {
      await this.#drain(home, tries % this.#proxies.length)
      if (tries > 200) throw new Error(`a home cannot deliver: ${home.lastAnswer}`)
    }
  }

  /** Everything is delivered, then all of it once more, "weeks" later. */
  async finish(): Promise<void> {
    for (const home of this.#homes) await this.#settle(home)
    for (const home of this.#homes) {
      home.forgetAnswers()
      await this.#settle(home)
    }
    const [hub] = this.#hubs
    if (hub === undefined) return
    const read = await readAll(hub, this.#token, 137)
    this.#compare(read.map(({ event }) => event))
    const { json } = await get(hub, this.#token, '/api/v1/producers')
    for (const one of json['producers'] as { id: string; epoch: number; missing: number }[])
      if (one.missing > 0)
        this.figures.problems.push(`gap of ${one.missing} in ${one.id}/${one.epoch}`)
  }

  #compare(read: readonly Record<string, unknown>[]): void {
    const { problems } = this.figures
    const ids = read.map((event) => event['event_id'])
    const distinct = new Set(ids)
    if (distinct.size !== ids.length) problems.push(`${ids.length - distinct.size} events twice`)
    const lost = this.#captured.filter(({ event_id }) => !distinct.has(event_id))
    if (lost.length > 0) problems.push(`${lost.length} events lost`)
    if (distinct.size !== this.#captured.length) problems.push('events that nobody captured')
    const place = new Map(ids.map((id, index) => [id, index]))
    for (const home of this.#homes) {
      const last = new Map<string, number>()
      for (const { event_id, aggregate_id } of home.events) {
        const at = place.get(event_id) ?? -1
        if (at < (last.get(aggregate_id) ?? -1)) problems.push(`order of ${aggregate_id} lost`)
        last.set(aggregate_id, at)
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy[Symbol.asyncDispose]()))
    await Promise.all(this.#hubs.map((hub) => hub.end('SIGKILL')))
  }
}
