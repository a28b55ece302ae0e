import fc from 'fast-check'
import { expect } from 'vitest'
import { someEvents } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { external, loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { forgetTarget, redrain } from '../../packages/sync-engine/src/delivery/generation.ts'
import { ledgerOf } from '../../packages/sync-engine/src/delivery/ledger.ts'
import {
  findTarget,
  listTargets,
  noteDeployment,
  registerTarget,
  requireTarget,
} from '../../packages/sync-engine/src/delivery/targets.ts'
import { targetId } from '../../packages/sync-engine/src/target/identity.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { spec } from '../spec.ts'

const URL_A = 'https://a.example.org'

spec(
  ['SYNC/T021', 'SYNC/C-002'],
  'two addresses are two targets, two spellings of one are one',
  () => {
    using world = temporaryJournal()
    const ids = [URL_A, 'https://b.example.org', 'HTTPS://a.example.org:443/'].map(
      (url) =>
        registerTarget(world.journal, { kind: 'teamspace', url, teamSlug: 't', userEmail: 'u' })
          .targetId,
    )
    expect(ids[0]).toBe(ids[2])
    expect(ids[1]).not.toBe(ids[0])
    expect(listTargets(world.journal)).toHaveLength(2)
  },
)

spec(
  ['SYNC/T021', 'SYNC/T025'],
  'an identity is unique by address, team and user in the database itself',
  () => {
    using world = temporaryJournal()
    registerTarget(world.journal, { kind: 'teamspace', url: URL_A, teamSlug: 't', userEmail: 'u' })
    const copy = `INSERT INTO targets (target_id, kind, canonical_url, url_hash, team_slug, user_email,
    first_seen_at_ms, last_seen_at_ms) SELECT 'another', kind, canonical_url, url_hash, team_slug,
    user_email, 0, 0 FROM targets`
    expect(() => world.journal.db.exec(copy)).toThrow(/UNIQUE/)
    expect(() => world.journal.db.exec("UPDATE targets SET team_slug = 'x'")).toThrow(
      /keeps its address/,
    )
  },
)

spec('SYNC/T025', 'the same identity gives the same id and different ones different ids', () => {
  const identity = fc.record({
    kind: fc.constant('teamspace' as const),
    url: fc.constantFrom(URL_A, 'https://b.example.org', 'https://a.example.org/x'),
    teamSlug: fc.constantFrom('t', 'u', ''),
    userEmail: fc.constantFrom('t', 'u', ''),
  })
  fc.assert(
    fc.property(identity, identity, (one, other) => {
      const same =
        one.url === other.url &&
        one.teamSlug === other.teamSlug &&
        one.userEmail === other.userEmail
      expect(targetId(one) === targetId(other)).toBe(same)
    }),
  )
})

spec(
  ['SYNC/T023', 'SYNC/T024', 'SYNC/T025'],
  'a new deployment id is recorded, and neither forks the target nor raises advice',
  () => {
    using world = temporaryJournal()
    const target = registerTarget(world.journal, { kind: 'teamspace', url: URL_A })
    noteDeployment(world.journal, target, { deploymentId: 'd1', gitSha: 'aaa' })
    noteDeployment(world.journal, requireTarget(world.journal, target.targetId), {
      deploymentId: 'd2',
      gitSha: 'aaa',
    })
    expect(listTargets(world.journal)).toMatchObject([
      { targetId: target.targetId, resetReason: undefined, deployment: { deploymentId: 'd2' } },
    ])
  },
)

spec(
  ['SYNC/T024', 'SYNC/T025', 'SYNC/FR-012', 'SYNC/C-004'],
  'another installation behind the same address is said, and everything can be sent anew',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer()
    const events = someEvents(3)
    capture(world.journal, events)
    const receiver = loggedIn(server.url)
    server.health = { server_instance_id: 'first', deployment: { deployment_id: 'd1' } }
    await drain({ journal: world.journal, receiver })
    server.health = { server_instance_id: 'second' }
    server.stored.clear()
    const { target } = await drain({ journal: world.journal, receiver })
    const known = requireTarget(world.journal, target.targetId)
    expect(known.resetReason).toBe('serverInstanceId was first, is second')
    expect(server.stored.size).toBe(0)

    redrain(world.journal, target.targetId, 'the operator asked')
    const again = await drain({ journal: world.journal, receiver })
    expect(again.verdicts.success).toBe(3)
    expect(listTargets(world.journal)).toHaveLength(1)
    expect(requireTarget(world.journal, target.targetId).resetReason).toBeUndefined()
    const history = ledgerOf(world.journal, events[0]!.event_id)
    expect(history.map(({ generation, status }) => [generation, status])).toEqual([
      [1, 'success'],
      [2, 'success'],
    ])
    await receiver.close()
  },
)

spec(
  ['SYNC/C-003', 'SYNC/T020'],
  'a forgotten target is out of the lists and known again after a drain',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer()
    const receiver = external(server.endpoint)
    const target = registerTarget(world.journal, receiver.identity)
    forgetTarget(world.journal, target.targetId)
    expect(findTarget(world.journal, target.targetId)).toBeUndefined()
    await drain({ journal: world.journal, receiver })
    expect(findTarget(world.journal, target.targetId)?.targetId).toBe(target.targetId)
    expect(() => requireTarget(world.journal, 'tgt_none')).toThrow(
      expect.objectContaining({ code: 'target-unknown' }),
    )
    await receiver.close()
  },
)
