import fc from 'fast-check'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, vi } from 'vitest'
import { type Fault, issueOf, tokens } from '../../fixtures/github/index.ts'
import type { GitHub } from '../../packages/gate-kernel/src/github/github.ts'
import { publish } from '../../packages/phase4-gate/src/publication/publish.ts'
import { spec } from '../spec.ts'
import { playSchedule, schedules } from './schedules.ts'
import { comments, impatient, openScene } from './scene.ts'

spec(
  ['GATE/FR-011', 'GATE/FR-012', 'GATE/FR-014', 'GATE/FR-015'],
  'any schedule of server faults and process deaths, resumed until it is through, leaves exactly one of each comment',
  async () => {
    await fc.assert(fc.asyncProperty(schedules, playSchedule), { numRuns: 25 })
  },
)

spec(
  ['GATE/FR-011', 'GATE/FR-014'],
  'a finished publication is left alone: publishing it again reads, and writes nothing',
  async () => {
    await using scene = await openScene()
    const run = await scene.run('run-1')
    await publish(run, { github: await scene.github(), polling: impatient })
    const before = scene.sent('POST') + scene.sent('PATCH')
    const again = await publish(run, { github: await scene.github(), polling: impatient })
    expect(again.outcome).toBe('complete')
    expect(scene.sent('POST') + scene.sent('PATCH') + scene.sent('DELETE')).toBe(before)
  },
)

spec(
  'GATE/FR-011',
  'a comment that was stored although the answer was lost is found and not made again',
  async () => {
    for (const fault of ['502-after-write', 'reset-after-write', 'not-json', 'cut-off'] as const) {
      const faults: Fault[] = [{ on: 'POST comment 41', nth: 1, fault }]
      await using scene = await openScene(undefined, { faults })
      const run = await scene.run('run-1')
      const record = await publish(run, { github: await scene.github(), polling: impatient })
      expect(record.outcome, fault).toBe('complete')
      expect(scene.marked(41), fault).toHaveLength(1)
      const posts = scene.server.requests.filter(({ name }) => name === 'POST comment 41')
      expect(posts, fault).toHaveLength(1)
    }
  },
)

spec(
  'GATE/FR-011',
  'a request that timed out is not sent twice: the late comment is found by the resumed publication',
  async () => {
    const faults: Fault[] = [
      { on: 'POST comment 41', nth: 1, fault: 'slow-before-write', delayMs: 600 },
    ]
    await using scene = await openScene(undefined, { faults, change: { timeoutMs: 150 } })
    const run = await scene.run('run-1')
    const broken = await publish(run, { github: await scene.github(), polling: impatient })
    expect(broken).toMatchObject({ outcome: 'broken', stop: { code: 'publication-unknown' } })
    expect(scene.marked(41)).toHaveLength(0)
    const resumed = await publish(run, { github: await scene.github(), polling: impatient })
    expect(resumed.outcome).toBe('complete')
    await scene.server.idle()
    expect(scene.marked(41)).toHaveLength(1)
  },
)

spec('GATE/FR-011', 'a list that lags behind does not lead to a second comment', async () => {
  const faults: Fault[] = [
    { on: 'POST comment 41', nth: 1, fault: '502-after-write' },
    { on: 'GET comments 41', nth: 2, fault: 'stale-list' },
    { on: 'GET comments 41', nth: 3, fault: 'stale-list' },
  ]
  await using scene = await openScene(undefined, { faults })
  const github = await scene.github({ GITHUB_TOKEN: tokens.operator })
  await publish(await scene.run('run-1'), { github, polling: impatient })
  expect(scene.marked(41)).toHaveLength(1)
})

spec(
  'GATE/FR-011',
  'a comment that is stored only after the 502 is waited for before another attempt',
  async () => {
    await using scene = await openScene(undefined, {
      faults: [{ on: 'POST comment 41', nth: 1, fault: '502-before-write' }],
    })
    const github = await scene.github()
    const body = comments('run-1')[41]
    // What GitHub was still storing when its proxy gave up arrives after the last quick look.
    const comment = vi.fn(github.comment.bind(github))
    const bound = new Proxy(github, {
      get: (target, name: keyof GitHub) =>
        name === 'comment' ? comment : (Reflect.get(target, name) as () => unknown).bind(target),
    })
    const arrival = scene.arrived('POST comment 41').then(async () => {
      await pause(400)
      await (await scene.github()).comment(41, body)
    })
    const run = await scene.run('run-1')
    const record = await publish(run, { github: bound, polling: impatient })
    await arrival
    expect(record.outcome).toBe('complete')
    expect(comment.mock.calls.filter(([issue]) => issue === 41)).toHaveLength(1)
    expect(scene.marked(41)).toHaveLength(1)
  },
)

spec('GATE/FR-011', 'a comment of ours that somebody edited is no evidence', async () => {
  await using scene = await openScene()
  const run = await scene.run('run-1')
  const body = comments('run-1')[41].replace('All sixteen', 'Most')
  await (await scene.github()).comment(41, body)
  const record = await publish(run, { github: await scene.github(), polling: impatient })
  expect(record).toMatchObject({ outcome: 'broken', stop: { code: 'comment-edited' } })
  expect(scene.marked(41)).toHaveLength(1)
  expect(issueOf(scene.server.state, 41).state).toBe('open')
})
