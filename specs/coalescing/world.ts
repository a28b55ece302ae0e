import { expect } from 'vitest'
import { aStatusChange, anArtifact } from '../../fixtures/engine/events.ts'
import { temporaryHome } from '../../fixtures/engine/home.ts'
import { loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer, type ScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { ledgerOf } from '../../packages/sync-engine/src/delivery/ledger.ts'
import { integrityProblems, recount } from '../../packages/sync-engine/src/delivery/recount.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import type { EventEnvelope } from '../../packages/batch-contract/src/index.ts'
import { openJournal, type Journal } from '../../packages/sync-engine/src/journal/journal.ts'
import { readEntries } from '../../packages/sync-engine/src/journal/read.ts'
import { BATCH, type CrashPoint, type Model, type TargetName, type Word } from './model.ts'

/** The real engine under the model's commands: one home, two servers on sockets, a clock of its own. */
export class EngineWorld {
  readonly #folder = temporaryHome()
  readonly #captured = new Map<string, EventEnvelope>()
  readonly #servers: Readonly<Record<TargetName, ScriptedServer>>
  #word: (id: string) => Word = () => 'store'
  #nowMs = 1_000_000
  #journal: Journal

  private constructor(a: ScriptedServer, b: ScriptedServer) {
    this.#servers = { A: a, B: b }
    this.#journal = this.#open()
  }

  static async start(): Promise<EngineWorld> {
    const holder: { world?: EngineWorld } = {}
    const serve = async (): Promise<ScriptedServer> => {
      const server = await startScriptedServer(() => ({
        kind: 'results',
        of: (id) => spoken(holder.world?.wordFor(id) ?? 'store'),
      }))
      server.health = { sync_ingress: { limits: { max_events_per_batch: BATCH } } }
      return server
    }
    holder.world = new EngineWorld(await serve(), await serve())
    return holder.world
  }

  wordFor(id: string): Word {
    return this.#word(id)
  }

  #open(): Journal {
    return openJournal({ home: this.#folder.home, now: () => this.#nowMs, synchronous: 'NORMAL' })
  }

  capture(key: string | undefined): string {
    // Each of an aggregate of its own: the order within one has a model of its own.
    const fields = { aggregate_id: `aggregate-${this.#captured.size}` }
    const event = key === undefined ? aStatusChange(fields) : anArtifact(key, fields)
    capture(this.#journal, [event])
    this.#captured.set(event.event_id, event)
    return event.event_id
  }

  async drain(
    name: TargetName,
    word: (id: string) => Word,
    crash: CrashPoint | undefined,
  ): Promise<void> {
    this.#word = word
    const receiver = loggedIn(this.#servers[name].url)
    const journal = this.#journal
    let posts = 0
    const dieHere = (kind: string): void => {
      if (kind === 'posting') posts += 1
      const moment = crash?.when === 'before' ? 'posting' : 'posted'
      if (posts !== crash?.post || kind !== moment) return
      journal.close()
      throw new Error('the process died here')
    }
    await drain({ journal, receiver, onProgress: ({ kind }) => dieHere(kind) }).catch(
      () => undefined,
    )
    await receiver.close()
    if (!journal.db.open) this.restart()
  }

  /** A process that died holds no lease for ever: its successor finds it lapsed. */
  restart(): void {
    if (this.#journal.db.open) this.#journal.close()
    this.#nowMs += 200_000
    this.#journal = this.#open()
  }

  /** @returns whether the database let the payload go */
  remove(id: string): boolean {
    try {
      const sql =
        "UPDATE events SET envelope = NULL, removed_at_ms = 1, removed_sha = 'x' WHERE event_id = ? AND envelope IS NOT NULL"
      return this.#journal.db.prepare(sql).run(id).changes === 1
    } catch {
      return false
    }
  }

  /** Everything that can be seen equals the model, and what was captured is what servers and journal hold. */
  compare(model: Model): void {
    const alive = model.events.filter(({ collapsed }) => !collapsed)
    const entries = readEntries(this.#journal, { limit: 10_000 })
    expect(entries.map(({ eventId }) => eventId)).toEqual(alive.map(({ id }) => id))
    for (const { eventId, envelope } of entries)
      if (envelope !== undefined) expect(JSON.parse(envelope)).toEqual(this.#captured.get(eventId))
    for (const [name, target] of model.targets) this.#compareTarget(name, target)
    expect(recount(this.#journal)).toEqual([])
  }

  #compareTarget(
    name: TargetName,
    {
      ledger,
      server,
    }: { ledger: Map<string, { status: string; attempts: number }>; server: Set<string> },
  ): void {
    const { url, stored } = this.#servers[name]
    expect(new Set(stored.keys())).toEqual(server)
    for (const [id, { status, attempts }] of ledger) {
      const here = ledgerOf(this.#journal, id).find(({ canonicalUrl }) => canonicalUrl === url)
      expect(here).toMatchObject({ status, attempts })
    }
    for (const [id, event] of stored)
      expect(event).toEqual({ ...this.#captured.get(id), team_slug: 'private-dev' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    expect(integrityProblems(this.#journal)).toEqual([])
    this.#journal.close()
    await this.#servers.A.close()
    await this.#servers.B.close()
    this.#folder[Symbol.dispose]()
  }
}

function spoken(word: Word): Readonly<Record<string, unknown>> | undefined {
  if (word === 'store') return undefined
  return word === 'absent' ? {} : { status: word }
}
