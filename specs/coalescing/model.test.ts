import fc from 'fast-check'
import { expect } from 'vitest'
import { spec } from '../spec.ts'
import { Model, type CrashPoint, type TargetName, type Word } from './model.ts'
import { EngineWorld } from './world.ts'

type Command = fc.AsyncCommand<Model, EngineWorld>

/** A command that always may run and is followed by a comparison of everything. */
function command(
  name: string,
  run: (model: Model, world: EngineWorld) => void | Promise<void>,
): Command {
  return {
    check: () => true,
    run: async (model, world) => {
      await run(model, world)
      world.compare(model)
    },
    toString: () => name,
  }
}

const key = fc.constantFrom(undefined, 'spec.md', 'plan.md')
const captures = fc.array(key, { minLength: 1, maxLength: 5 }).map((keys) =>
  command(`capture ${keys.map((one) => one ?? 'status').join(',')}`, (model, world) => {
    for (const one of keys) model.capture(world.capture(one), one)
  }),
)

const word = fc.constantFrom<Word>(
  'store',
  'store',
  'store',
  'pending',
  'rejected',
  'transient',
  'failed_permanent',
  'absent',
)
const crashPoint = fc.option(
  fc.record<CrashPoint>({
    post: fc.integer({ min: 1, max: 4 }),
    when: fc.constantFrom('before', 'after'),
  }),
  { nil: undefined, freq: 2 },
)
const drains = fc
  .tuple(
    fc.constantFrom<TargetName>('A', 'B'),
    fc.array(word, { minLength: 1, maxLength: 4 }),
    crashPoint,
  )
  .map(([target, words, crash]) =>
    command(
      `drain ${target} [${words.join(',')}] ${JSON.stringify(crash)}`,
      async (model, world) => {
        const order = new Map(model.events.map(({ id }, index) => [id, index]))
        const say = (id: string): Word => words[(order.get(id) ?? 0) % words.length] ?? 'store'
        await world.drain(target, say, crash)
        model.drain(target, say, crash)
      },
    ),
  )

const restarts = fc.constant(command('restart', (_, world) => world.restart()))
const collections = fc.nat().map((pick) =>
  command(`gc ${pick}`, (model, world) => {
    const event = model.events[pick % Math.max(1, model.events.length)]
    if (event === undefined) return
    expect(world.remove(event.id)).toBe(model.mayRemove(event))
    if (model.mayRemove(event)) event.removed = true
  }),
)

spec(
  [
    'SYNC/T046',
    'SYNC/T047',
    'SYNC/T049',
    'SYNC/T050',
    'SYNC/FR-011',
    'SYNC/NFR-002',
    'SYNC/NFR-003',
    'SYNC/FR-001',
    'SYNC/FR-010',
    'SYNC/C-005',
  ],
  'captures, coalescing, drains with any answer, crashes, restarts, changes of target and gc come to what a simple model says',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.commands([captures, captures, drains, drains, restarts, collections], {
          size: 'medium',
        }),
        async (commands) => {
          await using world = await EngineWorld.start()
          await fc.asyncModelRun(() => ({ model: new Model(), real: world }), commands)
        },
      ),
      { numRuns: Number(process.env['MODEL_RUNS'] ?? 20) },
    )
  },
)
