import fc from 'fast-check'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, vi } from 'vitest'
import { type Fault, type FaultKind, issueOf, tokens } from '../../fixtures/github/index.ts'
import type { GitHub } from '../../packages/gate-kernel/src/github/github.ts'
import { publish } from '../../packages/phase4-gate/src/publication/publish.ts'
import { readRecord } from '../../packages/gate-kernel/src/publication/record.ts'
import type { GateRun } from '../../packages/phase4-gate/src/run/run.ts'
import { spec } from '../spec.ts'
import { comments, impatient, openScene, type Scene } from './scene.ts'

/** Faults that one publication may meet; the times are short enough for hundreds of schedules. */
const kinds: readonly FaultKind[] = [
  ...(['401', '403-scope', '404', '422', '429', '403-secondary-limit', '500'] as const),
  ...(['502-before-write', '502-after-write', 'reset-before-write', 'reset-after-write'] as const),
  ...(['slow-before-write', 'slow-after-write', 'not-json', 'cut-off', 'stale-list'] as const),
]

const requests = [
  ...['GET user', 'GET timeline 41', 'GET comments 41', 'POST comment 41', 'GET issue 41'],
  ...['PATCH issue 41', 'GET comments 1038', 'POST comment 1038', 'GET issue 1038'],
]

const fault: fc.Arbitrary<Fault> = fc.record({
  on: fc.constantFrom(...requests),
  nth: fc.integer({ min: 1, max: 3 }),
  fault: fc.constantFrom(...kinds),
  delayMs: fc.constant(250),
})

/** The end of a process, at the call with this number: before it is sent, or after its answer. */
interface Death {
  readonly call: number
  readonly when: 'before' | 'after'
}

const death: fc.Arbitrary<Death> = fc.record({
  call: fc.integer({ min: 0, max: 25 }),
  when: fc.constantFrom('before' as const, 'after' as const),
})

class Died extends Error {}

type Call = (...args: unknown[]) => Promise<unknown>

/** A client whose process dies at one of its calls. */
function mortal(github: GitHub, { call, when }: Death): GitHub {
  let calls = 0
  return new Proxy(github, {
    get(target, name: keyof GitHub) {
      const method = Reflect.get(target, name) as Call
      return async (...args: unknown[]): Promise<unknown> => {
        const isLast = calls++ === call
        if (isLast && when === 'before') throw new Died()
        const result: unknown = await Reflect.apply(method, target, args)
        if (isLast) throw new Died()
        return result
      }
    },
  })
}

const fewSlow = { timeoutMs: 150 }
/** The slowest answer of a schedule comes after 250 ms; nothing can arrive later than twice that. */
const quick = { ...impatient, lateMs: 500, listedMs: 500 }

async function attempt(scene: Scene, run: GateRun, end: Death | undefined): Promise<void> {
  const living = await scene.github()
  const github = end === undefined ? living : mortal(living, end)
  await publish(run, { github, polling: quick }).catch((error: unknown) => {
    if (!(error instanceof Died)) throw error
  })
}

function expectNoHarm({ server, marked }: Scene): void {
  expect(marked(41).length).toBeLessThanOrEqual(1)
  expect(marked(1038).length).toBeLessThanOrEqual(1)
  if (marked(1038).length === 1) expect(issueOf(server.state, 41).state).toBe('closed')
  if (issueOf(server.state, 41).state === 'closed') expect(marked(41)).toHaveLength(1)
  expect(issueOf(server.state, 1038).state).toBe('open')
  expect(server.violations).toEqual([])
}

spec(
  ['GATE/FR-011', 'GATE/FR-012', 'GATE/FR-014', 'GATE/FR-015'],
  'any schedule of server faults and process deaths, resumed until it is through, leaves exactly one of each comment',
  async () => {
    const schedule = fc.tuple(fc.array(fault, { maxLength: 5 }), fc.array(death, { maxLength: 4 }))
    await fc.assert(
      fc.asyncProperty(schedule, async ([faults, deaths]) => {
        await using scene = await openScene(undefined, { faults, change: fewSlow })
        const run = await scene.run('run-1')
        for (const end of deaths) {
          await attempt(scene, run, end)
          expectNoHarm(scene)
        }
        // Every fault has a number, so the schedule runs dry and a resumed publication gets through.
        for (let resumed = 0; resumed < 20; resumed++) {
          await attempt(scene, run, undefined)
          expectNoHarm(scene)
          if ((await readRecord(run.folder))?.outcome === 'complete') break
        }
        await scene.server.idle()
        expect(await readRecord(run.folder)).toMatchObject({ outcome: 'complete', stop: null })
        expect([scene.marked(41).length, scene.marked(1038).length]).toEqual([1, 1])
      }),
      { numRuns: 25 },
    )
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
        name === 'comment' ? comment : (Reflect.get(target, name) as Call).bind(target),
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
