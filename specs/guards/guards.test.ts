import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'vitest'
import {
  verifyFourRunProtocol,
  verifySingleCanary,
} from '../../packages/phase4-gate/src/canary/requirements.ts'
import {
  isInside,
  verifyConfinement,
} from '../../packages/phase4-gate/src/confinement/requirements.ts'
import { tryMutatingDatabase } from '../../packages/phase4-gate/src/guards/attempts.ts'
import {
  verifyIngressCapUnchanged,
  verifyLocalQueueUntouched,
  verifyNoManualMutation,
} from '../../packages/phase4-gate/src/guards/requirements.ts'
import { digestDatabase } from '../../packages/phase4-gate/src/interventions/databases.ts'
import { type CanaryRunWorld, canaryWorld } from '../canary/world.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'

/** A world in which both canaries have passed, with a queue of one event in the canary's home. */
async function passedWorld(): Promise<CanaryRunWorld & { readonly queue: string }> {
  const world = await canaryWorld()
  const queue = join(world.spool, 'queue.db')
  const database = new Database(queue)
  database.exec(`CREATE TABLE queue (id INTEGER PRIMARY KEY, event_id TEXT);
    INSERT INTO queue (event_id) VALUES ('e1')`)
  database.close()
  await verifySingleCanary(world.run)
  await verifyFourRunProtocol(world.run)
  const log = join(world.root, 'logs', 'teamspace-canary-run-1.log')
  await world.run.facts.write('teamspace', {
    runs: [{ number: 1, passed: true, tests: 1, log, junit: null }],
  })
  return { ...world, queue }
}

spec(
  ['GATE/FR-009', 'GATE/C-003', 'GATE/C-004', 'GATE/C-008'],
  'an untouched world passes every guard, and looking changes neither rows nor counters',
  async () => {
    await using world = await passedWorld()
    const rows = await digestDatabase(world.queue, join(world.root, 'scratch'))
    const counters = JSON.stringify(world.service.drain)
    await verifyNoManualMutation(world.run)
    await verifyLocalQueueUntouched(world.run)
    await verifyIngressCapUnchanged(world.run)
    await verifyConfinement(world.run)
    expect(await digestDatabase(world.queue, join(world.root, 'scratch'))).toEqual(rows)
    expect(JSON.stringify(world.service.drain)).toBe(counters)
    expect(world.service.requests.filter(({ method }) => method !== 'GET')).toEqual([])
  },
)

spec(['GATE/FR-009', 'GATE/C-003'], 'an event deleted after the four runs is found', async () => {
  await using world = await passedWorld()
  const database = new Database(world.queue)
  database.exec('DELETE FROM queue')
  database.close()
  for (const verify of [verifyNoManualMutation, verifyLocalQueueUntouched]) {
    const stop = await stopOf(verify(world.run))
    expect(stop.verdict).toBe('fail')
    expect(stop.what).toMatch(/1 row removed from queue/)
  }
})

spec(
  'GATE/C-003',
  'the handle with which the gate looks at a queue refuses every change',
  async () => {
    await using world = await passedWorld()
    const scratch = join(world.root, 'scratch')
    expect(await tryMutatingDatabase(world.queue, scratch)).toEqual([])
    const writable = new Database(world.queue)
    writable.pragma('journal_mode = WAL')
    writable.exec(`INSERT INTO queue (event_id) VALUES ('e2')`)
    // Rows that are still in the write-ahead log of a living writer are seen as well.
    expect(
      Object.keys((await digestDatabase(world.queue, join(world.root, 'scratch')))['queue'] ?? {}),
    ).toEqual(['1', '2'])
    writable.close()
  },
)

spec('GATE/C-004', 'a raised ingress cap is found and named', async () => {
  await using world = await passedWorld()
  world.service.ingress.limits.maxDecompressedBytesPerBatch *= 2
  const stop = await stopOf(verifyIngressCapUnchanged(world.run))
  expect(stop).toMatchObject({ code: 'ingress-cap-changed', verdict: 'fail' })
  expect(stop.what).toMatch(/max_decompressed_bytes_per_batch: 262144 before, 524288 now/)
})

spec(
  'GATE/C-004',
  'a service that does not tell its limits leaves the guard undecided',
  async () => {
    await using world = await canaryWorld()
    world.service.faults.push({
      route: 'GET /api/v1/sync/health/',
      effect: { kind: 'answer', status: 403 },
    })
    await verifySingleCanary(world.run)
    const stop = await stopOf(verifyIngressCapUnchanged(world.run))
    expect(stop).toMatchObject({ code: 'ingress-cap-unknown', verdict: 'inconclusive' })
  },
)

const escapes: readonly (readonly [
  string,
  (world: CanaryRunWorld, outside: string) => Promise<void>,
  RegExp,
])[] = [
  [
    'a checkout elsewhere',
    (world, outside) => {
      world.run.world.checkouts.cli = outside
      return Promise.resolve()
    },
    /checkouts\.cli/,
  ],
  [
    'a checkout that is a link to elsewhere',
    async ({ root }, outside) => {
      await rm(join(root, 'events'), { recursive: true })
      await symlink(outside, join(root, 'events'))
    },
    /checkouts\.events: .* is .*outside/,
  ],
  [
    'a worktree of an older checkout',
    async ({ root }, outside) => {
      await writeFile(join(root, 'cli', '.git'), `gitdir: ${outside}/.git/worktrees/cli\n`)
    },
    /its repository is .*an older checkout/,
  ],
  [
    'a .git that is a link to an older checkout',
    async ({ root }, outside) => {
      await rm(join(root, 'cli', '.git'), { recursive: true, force: true })
      await mkdir(join(outside, '.git'))
      await symlink(join(outside, '.git'), join(root, 'cli', '.git'))
    },
    /checkouts\.cli: its repository is .*outside.*an older checkout/,
  ],
  [
    'an object store that is borrowed from an older checkout',
    async ({ root }, outside) => {
      const info = join(root, 'events', '.git', 'objects', 'info')
      await mkdir(info, { recursive: true })
      await writeFile(join(info, 'alternates'), `# borrowed\n${outside}/.git/objects\n`)
    },
    /checkouts\.events: its repository is .*outside.*objects/,
  ],
  [
    'an object store that is borrowed from one inside, which borrows itself',
    async ({ root }, outside) => {
      const [first, second] = ['events', 'e2e'].map((name) => join(root, name, '.git', 'objects'))
      for (const store of [first, second])
        await mkdir(join(store ?? '', 'info'), { recursive: true })
      await writeFile(join(first ?? '', 'info', 'alternates'), `${second ?? ''}\n`)
      await writeFile(join(second ?? '', 'info', 'alternates'), `${first ?? ''}\n`)
      const cli = join(root, 'cli', '.git', 'objects')
      await mkdir(join(cli, 'info'), { recursive: true })
      await writeFile(join(cli, 'info', 'alternates'), '../../../borrowed\n')
      await mkdir(join(root, 'borrowed', 'info'), { recursive: true })
      await writeFile(join(root, 'borrowed', 'info', 'alternates'), `${outside}/store\n`)
    },
    /checkouts\.cli: its repository is .*outside.*store/,
  ],
  [
    'a worktree inside whose repository is outside',
    async ({ root }, outside) => {
      const own = join(root, 'worktrees', 'cli')
      await mkdir(own, { recursive: true })
      await writeFile(join(own, 'commondir'), `${outside}/.git\n`)
      await rm(join(root, 'cli', '.git'), { recursive: true, force: true })
      await writeFile(join(root, 'cli', '.git'), `gitdir: ${own}\n`)
    },
    /checkouts\.cli: its repository is .*outside/,
  ],
  [
    'a folder whose name only begins like the workspace',
    (world) => {
      world.run.world.canary.home = `${world.root}-older/home`
      return Promise.resolve()
    },
    /canary\.home/,
  ],
  [
    'a path with ..',
    (world) => {
      world.run.world.teamspace.logs = `${world.root}/../logs`
      return Promise.resolve()
    },
    /teamspace\.logs/,
  ],
  [
    'an installed program that is a link to elsewhere',
    async ({ root }, outside) => {
      await rename(join(root, 'bin', 'spec-kitty'), join(outside, 'spec-kitty'))
      await symlink(join(outside, 'spec-kitty'), join(root, 'bin', 'spec-kitty'))
    },
    /installed program/,
  ],
]

for (const [what, escape, named] of escapes) {
  spec('GATE/C-008', `${what} leaves the workspace`, async () => {
    await using world = await passedWorld()
    const outside = join(tmpdir(), `outside-${process.pid}-${Date.now()}`)
    await mkdir(outside)
    try {
      await escape(world, outside)
      const stop = await stopOf(verifyConfinement(world.run))
      expect(stop).toMatchObject({ code: 'outside-workspace', verdict: 'fail' })
      expect(stop.findings).toEqual([expect.stringMatching(named)])
    } finally {
      await rm(outside, { recursive: true })
    }
  })
}

spec(
  'GATE/C-008',
  'inside means the folder itself or below it, by parts and not by letters',
  () => {
    const table: readonly (readonly [string, boolean])[] = [
      ['/w', true],
      ['/w/a', true],
      ['/w/..a', true],
      ['/wx', false],
      ['/', false],
      ['/x/w', false],
    ]
    for (const [path, inside] of table) expect([path, isInside('/w', path)]).toEqual([path, inside])
  },
)
