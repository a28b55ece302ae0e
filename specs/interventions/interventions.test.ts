import { spawn } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'vitest'
import {
  verifyFourRunProtocol,
  verifySingleCanary,
} from '../../packages/phase4-gate/src/canary/requirements.ts'
import { verifyNoManualMutation } from '../../packages/phase4-gate/src/guards/requirements.ts'
import { verifyZeroInterventions } from '../../packages/phase4-gate/src/interventions/requirements.ts'
import { type CanaryRunWorld, canaryWorld } from '../canary/world.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'

/** A home as a canary's user has it: a queue with two rows, an owner record, a live daemon. */
interface Home extends AsyncDisposable {
  readonly world: CanaryRunWorld
  readonly queue: string
  readonly journal: string
  readonly owner: string
  readonly daemon: number
  readonly kittify: string
}

async function home(ownSandboxes: boolean): Promise<Home> {
  const world = await canaryWorld({}, { ownSandboxes })
  const queue = join(world.spool, 'queue.db')
  const journal = join(world.spool, 'event_journal', 'journal-team.db')
  const owner = join(world.spool, 'sync', 'daemon', 'owner.json')
  const kittify = join(world.root, 'project', '.kittify')
  for (const file of [journal, owner, join(kittify, 'x')])
    await mkdir(join(file, '..'), { recursive: true })
  for (const file of [queue, journal]) fill(file)
  await writeFile(join(kittify, 'metadata.yaml'), 'version: 1\n')
  world.run.world.canary.projects.push(join(world.root, 'project'))
  const daemon = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  await writeFile(owner, JSON.stringify({ pid: daemon.pid, started_at: 'now' }))
  return {
    ...{ world, queue, journal, owner, kittify, daemon: daemon.pid ?? 0 },
    [Symbol.asyncDispose]: async () => {
      daemon.kill('SIGKILL')
      await world[Symbol.asyncDispose]()
    },
  }
}

function fill(file: string): void {
  const database = new Database(file)
  database.pragma('journal_mode = WAL')
  database.exec(`CREATE TABLE queue (id INTEGER PRIMARY KEY, event_id TEXT, data TEXT);
    INSERT INTO queue (event_id, data) VALUES ('e1', '{"a":1}'), ('e2', '{"a":2}')`)
  database.close()
}

const hands = join(import.meta.dirname, 'hands.ts')
const byHand = (...args: string[]): string[] => [process.execPath, hands, ...args]

interface Deed {
  readonly what: string
  readonly command: (home: Home) => string[]
  readonly named: RegExp
}

/** Three deeds a gate: one in each gap between the four runs. */
const rounds: readonly (readonly [Deed, Deed, Deed])[] = [
  [
    {
      what: 'edits a queued event',
      command: ({ queue }) =>
        byHand('sql', queue, `UPDATE queue SET data = '{}' WHERE event_id = 'e2'`),
      named: /: 1 row edited in queue of .*queue\.db \(key 2\)$/,
    },
    {
      what: 'deletes a queued event',
      command: ({ queue }) => byHand('sql', queue, `DELETE FROM queue WHERE event_id = 'e1'`),
      named: /: 1 row removed from queue of .*queue\.db \(key 1\)$/,
    },
    {
      what: 'deletes the queue file',
      command: ({ queue }) => byHand('delete', queue),
      named: /: queue file deleted: .*queue\.db$/,
    },
  ],
  [
    {
      what: 'replays an event into the journal',
      command: ({ journal }) =>
        byHand('sql', journal, `INSERT INTO queue (event_id, data) VALUES ('e1', '{}')`),
      named: /: 1 row added to queue of .*journal-team\.db \(key 3\)$/,
    },
    {
      what: 'edits the record of the living daemon',
      command: ({ owner, daemon }) =>
        byHand('write', owner, JSON.stringify({ pid: daemon, started_at: 'then' })),
      named: /: daemon record edited while pid \d+ lives: .*owner\.json$/,
    },
    {
      what: 'kills the daemon',
      command: ({ daemon }) => byHand('kill', String(daemon)),
      named: /: daemon killed: pid \d+ is dead, its record remains$/,
    },
  ],
  [
    {
      what: 'edits .kittify',
      command: ({ kittify }) => byHand('write', join(kittify, 'metadata.yaml'), 'version: 2\n'),
      named: /: file edited: .*metadata\.yaml$/,
    },
    {
      what: 'adds to .kittify',
      command: ({ kittify }) => byHand('write', join(kittify, 'more.yaml'), 'more: 1\n'),
      named: /: file added: .*more\.yaml$/,
    },
    {
      what: 'deletes the owner record',
      command: ({ owner }) => byHand('delete', owner),
      named: /: daemon stopped: pid \d+$/,
    },
  ],
]

for (const deeds of rounds) {
  const all = deeds.map(({ what }) => what).join(', then ')
  spec(
    'GATE/NFR-001',
    `somebody who between the runs ${all} is found and named each time`,
    async () => {
      await using user = await home(false)
      const { run } = user.world
      await verifySingleCanary(run)
      const after = Object.fromEntries(
        deeds.map((deed, index) => [String(index + 1), deed.command(user)]),
      )
      await user.world.play({ after })
      await verifyFourRunProtocol(run)
      const stop = await stopOf(verifyZeroInterventions(run))
      expect(stop).toMatchObject({ code: 'intervention', verdict: 'fail' })
      expect(stop.findings, stop.findings?.join('\n')).toHaveLength(deeds.length)
      for (const [index, { named }] of deeds.entries()) {
        const place = `^between run ${index + 1} and run ${index + 2}`
        expect(stop.findings?.[index]).toMatch(new RegExp(`${place}${named.source}`))
      }
      expect((await stopOf(verifyNoManualMutation(run))).code).toBe('manual-mutation')
    },
  )
}

spec('GATE/NFR-001', 'a curl that changes the service is visible in its counters', async () => {
  await using user = await home(true)
  const { run, service } = user.world
  // Stands for any mutating endpoint: what reaches it changes the service's own counters.
  const endpoint = createServer((_, response) => {
    service.drain.businessRuleRejectedCount += 1
    response.end()
  })
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve))
  const { port } = endpoint.address() as AddressInfo
  await verifySingleCanary(run)
  await user.world.play({
    after: { '1': byHand('curl', `http://127.0.0.1:${port}/`, '{}') },
  })
  await verifyFourRunProtocol(run)
  endpoint.close()
  const stop = await stopOf(verifyZeroInterventions(run))
  expect(stop.what).toMatch(/service mutated: business_rule_rejected_count was 22, is 23/)
})

spec(
  'GATE/NFR-001',
  'what happens between the single run and the four runs counts, too',
  async () => {
    await using user = await home(false)
    const { run } = user.world
    await verifySingleCanary(run)
    const database = new Database(user.queue)
    database.exec(`DELETE FROM queue WHERE event_id = 'e1'`)
    database.close()
    await verifyFourRunProtocol(run)
    const stop = await stopOf(verifyZeroInterventions(run))
    expect(stop.findings).toEqual([
      expect.stringMatching(/^between the single run and run 1: 1 row removed from queue/),
    ])
  },
)

spec(
  'GATE/NFR-001',
  'a canary that works in this home may queue during a run, not one with sandboxes',
  async () => {
    for (const ownSandboxes of [false, true]) {
      await using user = await home(ownSandboxes)
      const { run } = user.world
      await verifySingleCanary(run)
      const insert = `INSERT INTO queue (event_id, data) VALUES ('e3', '{}')`
      // Right after run 1 has begun and before it has ended: the harness itself does it.
      await user.world.play({ during: { '2': byHand('sql', user.queue, insert) } })
      await verifyFourRunProtocol(run)
      const { interventions } = await run.facts.read('fourRun')
      const expected = ownSandboxes
        ? [expect.stringMatching(/^during run 2: 1 row added to queue/)]
        : []
      expect(interventions).toEqual(expected)
    }
  },
)

spec('GATE/NFR-001', 'looking leaves nothing behind in the folders that are watched', async () => {
  await using user = await home(true)
  const before = (await readdir(user.world.spool, { recursive: true })).sort()
  await verifySingleCanary(user.world.run)
  await verifyFourRunProtocol(user.world.run)
  expect((await readdir(user.world.spool, { recursive: true })).sort()).toEqual(before)
})

spec('GATE/NFR-001', 'limits that are not told once are no change of the service', async () => {
  await using world = await canaryWorld()
  const effect = { kind: 'answer', status: 502 } as const
  world.service.faults.push({ route: 'GET /api/v1/sync/health/', nth: [2, 4, 5, 8], effect })
  await verifySingleCanary(world.run)
  await verifyFourRunProtocol(world.run)
  await verifyZeroInterventions(world.run)
})
