import { execa } from 'execa'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryHome } from '../../fixtures/engine/home.ts'
import { loggedIn } from '../../fixtures/engine/receivers.ts'
import {
  startScriptedServer,
  type Script,
  type ScriptedServer,
} from '../../fixtures/engine/scripted-server.ts'
import { canonicalJson } from '../../packages/batch-contract/src/canonical.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { ledgerOf } from '../../packages/sync-engine/src/delivery/ledger.ts'
import { integrityProblems, recount } from '../../packages/sync-engine/src/delivery/recount.ts'
import { isDelivered } from '../../packages/sync-engine/src/delivery/transition.ts'
import { openJournal, type Journal } from '../../packages/sync-engine/src/journal/journal.ts'
import { readEntries } from '../../packages/sync-engine/src/journal/read.ts'

/** What a run of kills came to; everything but the first five must be zero or empty. */
export interface CrashFigures {
  readonly kills: number
  readonly stepBoundaries: number
  readonly captured: number
  readonly deliveries: number
  readonly repliesDropped: number
  readonly missing: number
  readonly altered: number
  readonly undelivered: number
  readonly sentAfterCollapse: number
  readonly problems: readonly string[]
}

export interface CrashOptions {
  readonly kills: number
  readonly seed: number
  readonly onKill?: (done: number) => void
}

/**
 * Kills a working process over and over, at every step boundary in turn and at random moments, while
 * the receivers also commit and drop replies; then lets one undisturbed drain finish and counts.
 */
export async function crashRun({ kills, seed, onKill }: CrashOptions): Promise<CrashFigures> {
  using folder = temporaryHome()
  const random = randomFrom(seed)
  let repliesDropped = 0
  const misbehave = (): Script => {
    const luck = random()
    if (luck < 0.1) repliesDropped += 1
    return luck < 0.1
      ? { kind: 'store-and-drop' }
      : luck < 0.15
        ? { kind: 'reset' }
        : luck < 0.2
          ? { kind: 'answer', status: 503 }
          : { kind: 'store' }
  }
  await using a = await startScriptedServer(() => misbehave())
  await using b = await startScriptedServer(() => misbehave())
  for (const server of [a, b])
    server.health = { sync_ingress: { limits: { max_events_per_batch: 3 } } }
  const world = { home: folder.home, a, b, random, told: new Told() }
  const undisturbed = await work(world, 0, undefined)
  const stepBoundaries = Number(/= (\d+)/.exec(undisturbed)?.[1] ?? 0)
  for (let done = 0; done < kills; done += 1) {
    const atStep = done % 3 === 2 ? 0 : stepOf(done, stepBoundaries)
    await work(world, atStep, atStep === 0 ? random() * 250 : undefined)
    onKill?.(done + 1)
  }
  const journal = openJournal({ home: folder.home })
  try {
    await finish(journal, [a, b])
    return { kills, stepBoundaries, repliesDropped, ...judge(journal, world) }
  } finally {
    journal.close()
  }
}

/** Strides through the step boundaries: a short run meets them all over, a long one meets each. */
function stepOf(done: number, stepBoundaries: number): number {
  const turn = Math.ceil((done * 2) / 3)
  return 1 + ((turn * 31) % stepBoundaries)
}

interface CrashWorld {
  readonly home: string
  readonly a: ScriptedServer
  readonly b: ScriptedServer
  readonly random: () => number
  readonly told: Told
}

/** What the killed processes said about their captures. */
class Told {
  readonly attempted = new Set<string>()
  readonly confirmed = new Set<string>()

  read(output: string): void {
    for (const line of output.split('\n').filter((one) => /^[?+] /.test(one))) {
      const ids = line.slice(2).split(' ')
      for (const id of ids) (line.startsWith('+') ? this.confirmed : this.attempted).add(id)
    }
  }
}

const WORKER = join(import.meta.dirname, '../../fixtures/engine/crash-worker.ts')

/** @param afterMs kills from outside after this time; at a step the worker kills itself */
async function work(
  { home, a, b, told }: CrashWorld,
  atStep: number,
  afterMs: number | undefined,
): Promise<string> {
  const arguments_ = [WORKER, home, a.url, b.url, String(atStep)]
  const worker = execa(process.execPath, arguments_, { env: { HOME: home }, reject: false })
  if (afterMs !== undefined) {
    // Measured from its first word: before that it only starts up.
    await Promise.race([new Promise((resolve) => worker.stdout.once('data', resolve)), worker])
    await sleep(afterMs)
    worker.kill('SIGKILL')
  }
  const { stdout, stderr, signal } = await worker
  if (signal !== 'SIGKILL' && stderr.includes('Error')) throw new Error(stderr)
  told.read(stdout)
  return stdout
}

async function finish(journal: Journal, servers: readonly ScriptedServer[]): Promise<void> {
  for (const { url } of servers) {
    const receiver = loggedIn(url)
    const retryPolicy = { tries: 100, sleep: () => Promise.resolve() }
    await drain({ journal, receiver, retryPolicy })
    await receiver.close()
  }
}

type Judgement = Omit<CrashFigures, 'kills' | 'stepBoundaries' | 'repliesDropped'>

function judge(journal: Journal, { a, b, told }: CrashWorld): Judgement {
  const entries = readEntries(journal, { limit: 1_000_000 })
  const alive = new Map(entries.map(({ eventId, envelope }) => [eventId, envelope]))
  const collapsed = new Set(
    journal.db
      .prepare("SELECT event_id FROM superseded WHERE kind = 'collapsed'")
      .pluck()
      .all() as string[],
  )
  const count = (ids: Iterable<string>, test: (id: string) => boolean): number =>
    [...ids].filter(test).length
  return {
    captured: told.confirmed.size,
    deliveries: a.stored.size + b.stored.size,
    missing: count(told.confirmed, (id) => !alive.has(id) && !collapsed.has(id)),
    altered: [a, b].reduce(
      (sum, { stored }) =>
        sum + count(stored.keys(), (id) => isAltered(stored.get(id), alive.get(id))),
      0,
    ),
    undelivered: count(
      alive.keys(),
      (id) =>
        !a.stored.has(id) ||
        !b.stored.has(id) ||
        !ledgerOf(journal, id).every(({ status }) => isDelivered(status)),
    ),
    sentAfterCollapse: count(collapsed, (id) => a.stored.has(id) || b.stored.has(id)),
    problems: [...integrityProblems(journal), ...recount(journal).map(({ what }) => what)],
  }
}

/** What a server holds must be what the journal holds, but for the team of the delivery. */
function isAltered(
  sent: Readonly<Record<string, unknown>> | undefined,
  stored: string | undefined,
): boolean {
  if (stored === undefined) return true
  const expected = { ...(JSON.parse(stored) as object), team_slug: 'private-dev' }
  return canonicalJson(JSON.stringify(sent ?? null)) !== canonicalJson(JSON.stringify(expected))
}

/** A small generator (mulberry32), so that a run can be repeated from its seed. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
