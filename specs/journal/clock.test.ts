import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { cliWorld, loggedInWorld, type CliWorld } from '../../fixtures/cli/world.ts'
import { anEvent } from '../../fixtures/engine/events.ts'
import { spec } from '../spec.ts'

async function clocksIn(world: CliWorld): Promise<number[]> {
  const { out } = await world.call('sync export')
  const lines = out.trimEnd().split('\n')
  const events = lines.map((line) => JSON.parse(line) as { lamport_clock?: number })
  return events.flatMap(({ lamport_clock: clock }) => clock ?? [])
}

function expectRising(clocks: readonly number[]): void {
  expect(clocks.length).toBeGreaterThan(2)
  for (const [at, clock] of clocks.entries())
    if (at > 0) expect(clock, clocks.join()).toBeGreaterThan(clocks[at - 1] ?? 0)
}

const LOSSES: Readonly<Record<string, (clock: string, copy: string) => void>> = {
  'was lost': (clock) => rmSync(clock),
  'was lost while its log stayed': (clock) => {
    rmSync(clock)
    writeFileSync(`${clock}-wal`, '')
  },
  'is an older copy': (clock, copy) => copyFileSync(copy, clock),
}

for (const [loss, happen] of Object.entries(LOSSES))
  spec(
    ['SYNC/C-005', 'SYNC/T041'],
    `events are numbered on behind all that were captured before, also where the clock ${loss}`,
    async () => {
      await using world = cliWorld()
      const clock = join(world.home, 'clock.db')
      const copy = join(world.folder, 'copy.db')
      await world.call('agent mission create demo')
      copyFileSync(clock, copy)
      await world.call('agent tasks move-task WP01 --to claimed')
      happen(clock, copy)
      await world.call('agent tasks move-task WP01 --to in_progress')
      await world.call('agent mission create second')
      expectRising(await clocksIn(world))
    },
  )

spec(
  ['SYNC/C-005', 'SYNC/T066'],
  'a clock that was lost goes on behind events whose payloads are gone as well, and follows no absurd number',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    await world.call('sync now')
    await world.call('sync gc')
    rmSync(join(world.home, 'clock.db'))
    const file = join(world.folder, 'in.jsonl')
    writeFileSync(file, `${JSON.stringify(anEvent({ lamport_clock: Number.MAX_SAFE_INTEGER }))}\n`)
    await world.call(`sync import ${file}`)
    await world.call('agent tasks move-task WP01 --to claimed')
    const next = (await clocksIn(world)).at(-1)
    expect(next).toBeGreaterThan(2)
    expect(next).toBeLessThan(1_000)
  },
)
