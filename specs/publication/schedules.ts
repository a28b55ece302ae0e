import { deepEqual, equal, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { type Fault, type FaultKind, issueOf } from '../../fixtures/github/index.ts'
import type { GitHub } from '../../packages/gate-kernel/src/github/github.ts'
import { readRecord } from '../../packages/gate-kernel/src/publication/record.ts'
import { publish } from '../../packages/phase4-gate/src/publication/publish.ts'
import type { GateRun } from '../../packages/phase4-gate/src/run/run.ts'
import { impatient, openScene, type Scene } from './scene.ts'

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
  const closed = issueOf(server.state, 41).state === 'closed'
  ok(marked(41).length <= 1, 'two comments on 41')
  ok(marked(1038).length <= 1, 'two comments on 1038')
  ok(marked(1038).length === 0 || closed, 'a comment on 1038 while 41 is open')
  ok(!closed || marked(41).length === 1, '41 is closed without a comment')
  equal(issueOf(server.state, 1038).state, 'open')
  deepEqual(server.violations, [])
}

/** What one publication meets: faults of the server, and deaths of the process that publishes. */
export type Schedule = readonly [faults: readonly Fault[], deaths: readonly Death[]]

export const schedules: fc.Arbitrary<Schedule> = fc.tuple(
  fc.array(fault, { maxLength: 5 }),
  fc.array(death, { maxLength: 4 }),
)

/**
 * Publishes under a schedule, and resumes until it is through.
 *
 * @throws AssertionError if a comment stands twice or not at all, or an issue is in a wrong state
 */
export async function playSchedule([faults, deaths]: Schedule): Promise<void> {
  await using scene = await openScene(undefined, { faults: [...faults], change: fewSlow })
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
  const record = await readRecord(run.folder)
  deepEqual([record?.outcome, record?.stop], ['complete', null])
  deepEqual([scene.marked(41).length, scene.marked(1038).length], [1, 1])
}
