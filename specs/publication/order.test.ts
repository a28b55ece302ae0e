import { expect } from 'vitest'
import { type Fault, type FaultKind, issueOf, operator } from '../../fixtures/github/index.ts'
import { type Phase4Record, publish } from '../../packages/phase4-gate/src/publication/publish.ts'
import { spec } from '../spec.ts'
import { impatient, openScene, type Scene } from './scene.ts'

const published = async (scene: Scene, id = 'run-1'): Promise<Phase4Record> =>
  publish(await scene.run(id), { github: await scene.github(), polling: impatient })

spec(
  'GATE/FR-012',
  'closing is believed only when it is read back, whatever the answer was',
  async () => {
    const kinds: FaultKind[] = [
      '502-after-write',
      '502-before-write',
      'reset-after-write',
      'not-json',
    ]
    for (const fault of kinds) {
      const faults: Fault[] = [{ on: 'PATCH issue 41', nth: 1, fault }]
      await using scene = await openScene(undefined, { faults })
      expect((await published(scene)).outcome, fault).toBe('complete')
      const issue = issueOf(scene.server.state, 41)
      expect(issue, fault).toMatchObject({ state: 'closed', closedBy: operator })
      expect(issue.events, fault).toHaveLength(1)
    }
  },
)

spec(
  'GATE/FR-012',
  'an issue that does not stay closed keeps the tracker’s comment back',
  async () => {
    const faults: Fault[] = [{ on: 'PATCH issue 41', fault: '502-before-write' }]
    await using scene = await openScene(undefined, { faults })
    const record = await published(scene)
    expect(record).toMatchObject({ outcome: 'broken', stop: { code: 'state-not-kept' } })
    expect(record.steps.comment41.state).toBe('done')
    expect([scene.marked(41).length, scene.marked(1038).length]).toEqual([1, 0])
    faults.length = 0
    expect((await published(scene)).outcome).toBe('complete')
    expect([scene.marked(41).length, scene.marked(1038).length]).toEqual([1, 1])
  },
)

spec('GATE/FR-014', 'nothing is said on the tracker while 41 is open again', async () => {
  const faults: Fault[] = [{ on: 'POST comment 1038', nth: 1, fault: '403-scope' }]
  await using scene = await openScene(undefined, { faults })
  expect((await published(scene)).stop?.code).toBe('github-forbidden')
  Object.assign(issueOf(scene.server.state, 41), { state: 'open' })
  const record = await published(scene)
  expect(record).toMatchObject({ outcome: 'broken', stop: { code: 'e2e-issue-not-closed' } })
  expect(scene.marked(1038)).toHaveLength(0)
})

spec(
  'GATE/FR-015',
  'a tracker that was closed meanwhile is reported and not re-opened',
  async () => {
    await using scene = await openScene()
    Object.assign(issueOf(scene.server.state, 1038), { state: 'closed', closedBy: 'somebody' })
    const record = await published(scene)
    expect(record).toMatchObject({
      outcome: 'broken',
      stop: { code: 'tracker-closed', verdict: 'blocked' },
    })
    expect(record.stop?.what).toContain('somebody')
    expect(issueOf(scene.server.state, 1038)).toMatchObject({ state: 'closed', comments: [] })
  },
)

spec(
  'GATE/FR-011',
  'a refused write stops with GitHub’s own reason, and resuming completes it',
  async () => {
    const refusals = { '401': 'github-unauthorized', '403-scope': 'github-forbidden' } as const
    const more = {
      '404': 'github-not-found',
      '422': 'github-rejected',
      '429': 'github-rate-limited',
    }
    for (const [fault, code] of Object.entries({ ...refusals, ...more })) {
      const faults: Fault[] = [{ on: 'POST comment 41', nth: 1, fault: fault as FaultKind }]
      await using scene = await openScene(undefined, { faults })
      expect(await published(scene), fault).toMatchObject({ outcome: 'broken', stop: { code } })
      expect(scene.sent('POST'), fault).toBe(1)
      expect((await published(scene)).outcome, fault).toBe('complete')
      expect([scene.marked(41).length, scene.marked(1038).length], fault).toEqual([1, 1])
    }
  },
)

spec(
  ['GATE/FR-011', 'GATE/FR-014'],
  'a comment that was not checked, or changed since, is not posted',
  async () => {
    await using scene = await openScene()
    const run = await scene.run('run-1')
    const { e2e41 } = await run.facts.read('comments')
    const publishWith = async (body: string, tracker1038: string | null): Promise<unknown> => {
      await run.facts.write('comments', { e2e41: body, tracker1038 })
      return (await publish(run, { github: await scene.github(), polling: impatient })).stop?.code
    }
    expect(await publishWith(e2e41.replace('sixteen', '16'), null)).toBe('comment-not-ready')
    expect(await publishWith(e2e41.replace('run=run-1', 'run=run-2'), null)).toBe(
      'comment-not-ready',
    )
    expect(scene.marked(41)).toHaveLength(0)
    expect(await publishWith(e2e41, null)).toBe('comment-not-ready')
    expect([scene.marked(41).length, scene.marked(1038).length]).toEqual([1, 0])
  },
)
