import { mkdirSync, renameSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { loggedInWorld, PROGRAM, type LoggedInWorld } from '../../fixtures/cli/world.ts'
import { loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { anEvent } from '../../fixtures/engine/events.ts'
import { openCommandContext } from '../../packages/sync-engine/src/context/command-context.ts'
import { askDaemon } from '../../packages/sync-engine/src/daemon/client.ts'
import { heartbeatPath } from '../../packages/sync-engine/src/daemon/heartbeat.ts'
import { hasWork } from '../../packages/sync-engine/src/daemon/work.ts'
import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { openJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'
import { eventually, ownerOf } from './watching.ts'

const BATCH = 'POST /api/v1/events/batch/'
const answers = (status: 400 | 503, nth: number[]) => ({
  faults: [{ route: BATCH, nth, effect: { kind: 'answer', status } as const }],
  firstAnswer: 'success' as const,
})

/** The target that this world delivers to. */
function teamspace({ service }: LoggedInWorld) {
  return loggedIn(service.url, { userEmail: 'robin@canary.example', teamSlug: 'team-robin' })
}

/** Whether a daemon of this world would begin a pass, so long after now. */
function wouldWork({ env }: LoggedInWorld, afterMs = 0): boolean {
  const now = Date.now() + afterMs
  return hasWork(openCommandContext({ env, version: '0', program: PROGRAM, now }), now)
}

const LONGER_THAN_ANY_RETRY_MS = 30_000

spec(
  ['SYNC/C-008', 'BOUNDARY/D-2'],
  'what was refused and may not go any more is no work for a daemon: it does not ask the server at every look',
  async () => {
    await using world = await loggedInWorld(answers(400, [1, 2, 3]))
    await world.call('agent mission create demo')
    await world.call('sync now')
    expect(wouldWork(world, LONGER_THAN_ANY_RETRY_MS)).toBe(true)
    await world.call('sync allow --revoke')
    expect(wouldWork(world, LONGER_THAN_ANY_RETRY_MS)).toBe(false)
    await world.call('sync allow')
    expect(wouldWork(world, LONGER_THAN_ANY_RETRY_MS)).toBe(true)
  },
)

spec(
  ['SYNC/T041', 'BOUNDARY/D-2'],
  'an event whose predecessor has arrived is work for a daemon, also where nothing else is',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    await world.call('sync now')
    const { json } = await world.call('sync journal list --json')
    const [first] = json['events'] as { envelope: { project_uuid: string } }[]
    const journal = openJournal({ home: world.home })
    const { project_uuid } = first!.envelope
    const events = [anEvent({ project_uuid }), anEvent({ project_uuid })]
    capture(journal, events, { account: 'robin@canary.example' })
    const access = { accessToken: 'at', userEmail: 'robin@canary.example', teamSlug: 'team-robin' }
    let posts = 0
    // The first event is refused, then taken; the second, which waited for it, meets a server that is away.
    await using server = await startScriptedServer(() => {
      posts += 1
      if (posts === 1) return { kind: 'answer', status: 400 }
      return posts === 2 ? { kind: 'store' } : { kind: 'answer', status: 401 }
    })
    const receiver = { ...loggedIn(server.url, { access: () => Promise.resolve(access) }) }
    const { identity } = teamspace(world)
    for (let pass = 0; pass < 2; pass += 1)
      await drain({ journal, receiver: { ...receiver, identity } })
    await receiver.close()
    journal.close()
    expect(server.stored.size).toBe(1)
    expect(wouldWork(world)).toBe(true)
  },
)

spec(
  ['BOUNDARY/D-2', 'SYNC/FR-019'],
  'a daemon whose log and heartbeat cannot be written goes on delivering',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('sync daemon start')
    const owner = ownerOf(world)
    const paths = homePaths(world.home)
    for (const path of [paths.daemonLog, heartbeatPath(paths)]) {
      await eventually(() => renameSync(path, `${path}.aside`))
      mkdirSync(path)
    }
    await sleep(300)
    await world.call('agent mission create demo')
    await eventually(() => expect(world.service.events.size).toBe(2))
    expect((await askDaemon(owner)).kind).toBe('proven')
    const status = await world.call('sync daemon status')
    expect(status.err).not.toContain('    at ')
  },
)
