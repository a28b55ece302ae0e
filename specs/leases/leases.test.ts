import { execa } from 'execa'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { monotonicFactory } from 'ulid'
import { expect } from 'vitest'
import { loggedInWorld, PROGRAM } from '../../fixtures/cli/world.ts'
import { someEvents } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { LEASE_MS } from '../../packages/sync-engine/src/delivery/claim.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { redrain } from '../../packages/sync-engine/src/delivery/generation.ts'
import { registerTarget } from '../../packages/sync-engine/src/delivery/targets.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { openJournal, readJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { createMission } from '../../packages/sync-engine/src/mission/create.ts'
import type { Emitter } from '../../packages/sync-engine/src/mission/emit.ts'
import { ensureProject } from '../../packages/sync-engine/src/mission/project.ts'
import { spec } from '../spec.ts'

const DAY = 24 * 3_600_000

spec(
  ['SYNC/T039', 'SYNC/SC-007'],
  'a lease of a process that cannot be seen from here is free as soon as the file system says so',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer()
    const receiver = loggedIn(server.url)
    capture(world.journal, someEvents(3))
    const { generationId, targetId } = registerTarget(world.journal, receiver.identity)
    // A container wrote it and was killed: its number is that of a living process of ours.
    world.journal.db
      .prepare(
        'UPDATE generations SET lease_holder = ?, lease_pid = ?, lease_until_ms = ? WHERE generation_id = ?',
      )
      .run('another container', process.ppid, world.journal.now() + LEASE_MS, generationId)
    const lock = join(dirname(world.journal.path), `dispatch-${targetId}.lock`)
    const program = fileURLToPath(new URL('./hold-lock.ts', import.meta.url))
    const holder = execa(process.execPath, [program, lock], { reject: false })
    const [said] = (await once(holder.stdout, 'data')) as [Buffer]
    expect(said.toString()).toBe('taken\n')
    const refused = await drain({ journal: world.journal, receiver, whenHeld: 'leave' })
    expect(refused.stop).toEqual({ kind: 'held', pid: process.ppid })
    // Another generation of the same target is no way around it.
    redrain(world.journal, targetId, 'asked')
    const again = await drain({ journal: world.journal, receiver, whenHeld: 'leave' })
    expect(again.stop.kind).toBe('held')
    expect(server.stored.size).toBe(0)
    holder.kill('SIGKILL')
    await holder
    const done = await drain({ journal: world.journal, receiver, whenHeld: 'leave' })
    expect(done.stop.kind).toBe('finished')
    expect(server.stored.size).toBe(3)
    await receiver.close()
  },
)

spec(
  ['SYNC/T039', 'SYNC/FR-004'],
  'a drain whose journal fails under it leaves no lock behind, so the same process delivers again',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer()
    const receiver = loggedIn(server.url)
    capture(world.journal, someEvents(2))
    const failing = openJournal({ home: world.home })
    const onProgress = ({ kind }: { kind: string }): void => {
      if (kind === 'posting') failing.close()
    }
    await expect(drain({ journal: failing, receiver, onProgress })).rejects.toThrow()
    world.journal.db.exec('UPDATE generations SET lease_until_ms = 0')
    const done = await drain({ journal: world.journal, receiver, whenHeld: 'leave' })
    expect(done.stop.kind).toBe('finished')
    await receiver.close()
  },
)

spec(
  ['SYNC/T041', 'SYNC/FR-004'],
  'times that were written while the clock was a year ahead hold nothing back',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer()
    const receiver = loggedIn(server.url)
    capture(world.journal, someEvents(2))
    await drain({ journal: world.journal, receiver })
    const yearAhead = world.journal.now() + 365 * DAY
    world.journal.db.prepare('UPDATE targets SET resting_until_ms = ?').run(yearAhead)
    world.journal.db.prepare("UPDATE ledger SET status = 'success' WHERE seq = 1").run()
    capture(world.journal, someEvents(2))
    const done = await drain({ journal: world.journal, receiver, retries: 'due' })
    expect(done.stop.kind).toBe('finished')
    expect(server.stored.size).toBe(4)
    world.journal.db
      .prepare('UPDATE targets SET resting_until_ms = ?')
      .run(world.journal.now() + DAY / 2)
    const resting = await drain({ journal: world.journal, receiver, retries: 'due' })
    expect(resting.stop.kind).toBe('unavailable')
    await receiver.close()
  },
)

spec(
  ['SYNC/FR-017'],
  'of six agents that create a mission at the same time one does, and what is there is kept',
  async () => {
    await using world = await loggedInWorld()
    const folder = join(world.project, 'kitty-specs', 'demo')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'spec.md'), '# Written by hand\n')
    const ends = await Promise.all(
      Array.from({ length: 6 }, () => world.run('agent mission create demo --json')),
    )
    const winners = ends.filter(({ code }) => code === 0)
    expect(winners).toHaveLength(1)
    for (const end of ends.filter(({ code }) => code !== 0))
      expect(end.json).toMatchObject({ error_code: 'mission-exists' })
    const { mission_id: id } = winners[0]?.json as { readonly mission_id: string }
    expect(readFileSync(join(folder, 'meta.json'), 'utf8')).toContain(id)
    expect(readFileSync(join(folder, 'spec.md'), 'utf8')).toBe('# Written by hand\n')
    const journal = readJournal({ home: world.home })
    const captured = journal.db.prepare('SELECT event_type FROM events ORDER BY 1').pluck().all()
    journal.close()
    expect(captured).toEqual(['MissionCreated', 'WPCreated'])
  },
)

spec('SYNC/FR-017', 'a project that two processes start at once has one identity', async () => {
  await using world = await loggedInWorld()
  let other: string | undefined
  const one = ensureProject(world.project, () => {
    // Nobody had started it when the first one looked.
    other ??= ensureProject(world.project, randomUUID).uuid
    return randomUUID()
  })
  expect(one.uuid).toBe(other)
  expect(ensureProject(world.project, randomUUID).uuid).toBe(other)
})

spec('SYNC/FR-017', 'who comes while a mission is being created finds it created', async () => {
  await using world = await loggedInWorld()
  const said = join(world.folder, 'said')
  let late: ChildProcess | undefined
  const emitter: Emitter = {
    ...{
      home: world.home,
      project: ensureProject(world.project, randomUUID),
      teamSlug: null,
      now: Date.now,
    },
    newId: monotonicFactory(),
    heard: { newest: () => 0, highest: () => 0 },
    // The events are not stored yet: now the other one comes, and has some seconds to be through.
    capture: () => {
      late = spawn(process.execPath, [PROGRAM, 'agent', 'mission', 'create', 'demo', '--json'], {
        ...{ cwd: world.project, env: { ...world.env } },
        stdio: ['ignore', openSync(said, 'w'), 'ignore'],
      })
      for (let turn = 0; turn < 60 && readFileSync(said, 'utf8') === ''; turn += 1)
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
    },
  }
  const wanted = { slug: 'demo', missionType: 'software-dev', targetBranch: 'main' }
  const { mission } = createMission(emitter, { ...wanted, workPackages: 1, actor: 'first' })
  if (late?.exitCode === null) await once(late, 'exit')
  expect(JSON.parse(readFileSync(said, 'utf8'))).toMatchObject({ error_code: 'mission-exists' })
  expect(readFileSync(join(mission.folder, 'meta.json'), 'utf8')).toContain(mission.missionId)
})

spec(
  ['SYNC/FR-017'],
  'of six agents that claim a work package at the same time one has it, the others learn who',
  async () => {
    await using world = await loggedInWorld()
    await world.call('agent mission create demo --work-packages 1')
    const agents = Array.from({ length: 6 }, (_, at) => `agent-${at}`)
    const ends = await Promise.all(
      agents.map((actor) =>
        world.run(`agent tasks move-task WP01 --to claimed --actor ${actor} --json`),
      ),
    )
    const winners = agents.filter((_, at) => ends[at]?.code === 0)
    expect(winners).toHaveLength(1)
    for (const end of ends.filter(({ code }) => code !== 0))
      expect(end.json).toMatchObject({
        error_code: 'move-refused',
        error: `WP01 was claimed by ${winners[0] ?? ''} already`,
      })
  },
)
