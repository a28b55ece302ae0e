import { expect } from 'vitest'
import { type Fault, issueOf, operator, tokens } from '../../fixtures/github/index.ts'
import {
  type PollPolicy,
  systemClock,
} from '../../packages/gate-kernel/src/publication/poll-policy.ts'
import { publish } from '../../packages/phase4-gate/src/publication/publish.ts'
import type { PublicationRecord } from '../../packages/gate-kernel/src/publication/record.ts'
import { readWrites, recordWrites } from '../../packages/gate-kernel/src/publication/writes.ts'
import { outcomeOf } from '../../packages/gate-kernel/src/finish/publication-outcome.ts'
import { openGitHub } from '../../packages/phase4-gate/src/github/open.ts'
import { gate } from '../../gate/gate.ts'
import { spec } from '../spec.ts'
import { comments, impatient, openScene, type Scene } from './scene.ts'

/** Publishes; in the pause before the last look, somebody does something. */
async function publishedWhile(
  scene: Scene,
  meanwhile: () => unknown,
  id = 'run-1',
): Promise<PublicationRecord> {
  const undoneMs = 987
  const clock: PollPolicy['clock'] = {
    now: () => systemClock.now(),
    pause: (ms) => (ms === undoneMs ? Promise.resolve(meanwhile()) : systemClock.pause(ms)),
  }
  const polling = { ...impatient, lateMs: 100, listedMs: 100, undoneMs, clock }
  return publish(await scene.run(id), { github: await scene.github(), polling })
}

spec(
  'GATE/FR-011',
  'a refusal that came after the comment was stored leads to no second one',
  async () => {
    const stored = { status: 403, body: { message: 'Forbidden' } }
    const faults: readonly Fault[] = [
      { on: 'POST comment 41', nth: 1, fault: '403-limit-after-write', retryAfterSeconds: 1 },
      { on: 'POST comment 41', nth: 1, fault: 'answers-after-write', answer: stored },
      ...[301, 401, 404, 410, 422, 429, 451, 500, 503].map((status) => ({
        ...{ on: 'POST comment 41', nth: 1, fault: 'answers-after-write' as const },
        answer: { status, body: { message: 'No' } },
      })),
    ]
    for (const fault of faults) {
      await using scene = await openScene(undefined, { faults: [fault] })
      const polling = { ...impatient, lateMs: 100, listedMs: 100 }
      const github = await scene.github()
      const record = await publish(await scene.run('run-1'), { github, polling })
      expect(record.outcome, JSON.stringify(fault)).toBe('complete')
      expect(scene.marked(41), JSON.stringify(fault)).toHaveLength(1)
    }
  },
)

spec(
  'GATE/FR-011',
  'a comment that GitHub says it created and never lists is not a success',
  async () => {
    for (const issue of [41, 1038]) {
      const faults: Fault[] = [{ on: `GET comments ${issue}`, fault: 'stale-list' }]
      await using scene = await openScene(undefined, { faults })
      const record = await publishedWhile(scene, () => undefined)
      expect(record).toMatchObject({ outcome: 'broken', stop: { code: 'comment-not-listed' } })
      expect(scene.sent('POST')).toBe(issue === 41 ? 1 : 2)
      // A list that shows it at last completes the publication, without another comment.
      faults.length = 0
      scene.server.faults.length = 0
      expect((await publishedWhile(scene, () => undefined)).outcome).toBe('complete')
      expect([scene.marked(41).length, scene.marked(1038).length]).toEqual([1, 1])
    }
  },
)

const commentsOf = (scene: Scene, issue: number): { body: string }[] =>
  issueOf(scene.server.state, issue).comments

/** What somebody may do to a publication that has just ended, and the hold that says so. */
const undone: readonly (readonly [string, (scene: Scene) => unknown, string, string])[] = [
  [
    'the comment on 41 is deleted',
    (s) => commentsOf(s, 41).splice(0),
    'comment-gone',
    'GATE/FR-011',
  ],
  ['that on 1038', (s) => commentsOf(s, 1038).splice(0), 'comment-gone', 'GATE/FR-014'],
  [
    'the comment on 41 is edited',
    (s) => (commentsOf(s, 41)[0]!.body = comments('run-1')[41].replace('All', 'No')),
    ...(['comment-edited', 'GATE/FR-011'] as const),
  ],
  [
    'its marker is removed',
    (s) => (commentsOf(s, 41)[0]!.body = 'All sixteen cells pass.'),
    ...(['comment-edited', 'GATE/FR-011'] as const),
  ],
  [
    '41 is re-opened',
    (s) => Object.assign(issueOf(s.server.state, 41), { state: 'open' }),
    ...(['e2e-issue-not-closed', 'GATE/FR-012'] as const),
  ],
  [
    '41 is closed as not planned',
    (s) => Object.assign(issueOf(s.server.state, 41), { stateReason: 'not_planned' }),
    ...(['e2e-issue-closed-otherwise', 'GATE/FR-012'] as const),
  ],
  [
    '41 is closed by somebody else',
    (s) => Object.assign(issueOf(s.server.state, 41), { closedBy: 'stranger' }),
    ...(['e2e-issue-closed-otherwise', 'GATE/FR-012'] as const),
  ],
  [
    '1038 is closed',
    (s) => Object.assign(issueOf(s.server.state, 1038), { state: 'closed', closedBy: 'stranger' }),
    ...(['tracker-closed', 'GATE/FR-015'] as const),
  ],
]

spec(
  ['GATE/FR-011', 'GATE/FR-012', 'GATE/FR-014', 'GATE/FR-015'],
  'what somebody undoes right after the publication is a hold that says so',
  async () => {
    for (const [what, undo, code, at] of undone) {
      await using scene = await openScene()
      const record = await publishedWhile(scene, () => undo(scene))
      expect(record, what).toMatchObject({ outcome: 'broken', stop: { code } })
      expect(outcomeOf(gate, record, 'run-1'), what).toMatchObject({ status: 'broken', at })
    }
  },
)

spec(
  ['GATE/FR-011', 'GATE/FR-012', 'GATE/FR-014', 'GATE/FR-015'],
  'a resumed publication looks again at the steps that it finished before',
  async () => {
    for (const [what, undo, code, at] of undone) {
      await using scene = await openScene()
      expect((await publishedWhile(scene, () => undefined)).outcome).toBe('complete')
      undo(scene)
      const sent = scene.sent('POST') + scene.sent('PATCH')
      const record = await publishedWhile(scene, () => undefined)
      expect(record, what).toMatchObject({ outcome: 'broken', stop: { code } })
      expect(outcomeOf(gate, record, 'run-1'), what).toMatchObject({ status: 'broken', at })
      expect(scene.sent('POST') + scene.sent('PATCH'), what).toBe(sent)
    }
  },
)

spec('GATE/FR-011', 'one publication asks once who it writes as', async () => {
  await using scene = await openScene()
  await publishedWhile(scene, () => undefined)
  expect(scene.server.requests.filter(({ name }) => name === 'GET user')).toHaveLength(1)
})

spec(
  'GATE/FR-011',
  'while a list is polled, the operator hears of it every ten seconds',
  async () => {
    const faults: Fault[] = [{ on: 'GET comments 41', fault: 'stale-list' }]
    await using scene = await openScene(undefined, { faults })
    let nowMs = Date.now()
    const heard: number[] = [nowMs]
    const clock = { now: () => nowMs, pause: (ms: number) => Promise.resolve((nowMs += ms)) }
    const run = { ...(await scene.run('run-1')), progress: () => void heard.push(nowMs) }
    const polling = { ...impatient, settleMs: [0, 300, 1500], listedMs: 60_000, clock }
    await publish(run, { github: await scene.github(), polling })
    expect(nowMs - heard[0]!).toBeGreaterThanOrEqual(60_000)
    const silences = [...heard, nowMs].slice(1).map((at, index) => at - heard[index]!)
    expect(Math.max(...silences)).toBeLessThanOrEqual(10_000)
  },
)

spec(
  ['GATE/FR-011', 'GATE/FR-012', 'GATE/FR-014'],
  'every write is kept with its text, address and time, also one whose answer was lost',
  async () => {
    await using scene = await openScene(undefined, {
      faults: [{ on: 'POST comment 41', nth: 1, fault: '502-after-write' }],
    })
    const run = await scene.run('run-1')
    const options = { record: recordWrites(run.folder), retryDelaysMs: [1] }
    const github = await openGitHub(scene.world, { GITHUB_TOKEN: tokens.operator }, options)
    const polling = { ...impatient, lateMs: 100, listedMs: 100 }
    expect((await publish(run, { github, polling })).outcome).toBe('complete')
    const url = expect.stringMatching(/^https:\/\/github\.example\/.+/) as string
    const sentAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string
    const { 41: e2e, 1038: tracker } = comments('run-1')
    expect(await readWrites(run.folder)).toEqual([
      { what: 'comment', issue: 41, text: e2e, url: null, sentAt, outcome: 'unknown' },
      { what: 'close', issue: 41, text: null, url, sentAt, outcome: 'confirmed' },
      { what: 'comment', issue: 1038, text: tracker, url, sentAt, outcome: 'confirmed' },
    ])
    expect(issueOf(scene.server.state, 41).closedBy).toBe(operator)
  },
)
