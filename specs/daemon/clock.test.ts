import { expect } from 'vitest'
import { loggedInWorld } from '../../fixtures/cli/world.ts'
import { processStart } from '../../packages/sync-engine/src/base/process-age.ts'
import { writeOwner } from '../../packages/sync-engine/src/context/owner.ts'
import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import { spec } from '../spec.ts'
import { endForSure, eventually, ownerOf } from './watching.ts'

const HOUR_MS = 3_600_000

/** Linux counts the start of a process from the present clock, so a step moves it beside the record. */
const STEPS = {
  'an hour ahead': -HOUR_MS,
  'an hour back': HOUR_MS,
  'ten years ahead': -87_600 * HOUR_MS,
}

for (const [step, ms] of Object.entries(STEPS))
  spec(
    ['BOUNDARY/D-4', 'BOUNDARY/FR-010'],
    `a clock that was set ${step} makes no orphan of a daemon at work: status, start and stop know it`,
    async () => {
      await using world = await loggedInWorld()
      await world.call('sync daemon start')
      const owner = ownerOf(world)
      try {
        const started_at = new Date(Date.parse(owner.started_at) + ms).toISOString()
        writeOwner(homePaths(world.home).owner, { ...owner, started_at })
        const check = await world.call('sync status --check')
        expect([check.code, check.out]).toEqual([0, expect.stringContaining(`pid ${owner.pid}`)])
        expect((await world.call('doctor orphan-daemons')).code).toBe(0)
        expect((await world.call('sync daemon start')).out).toContain(`pid ${owner.pid}`)
        expect((await world.call('sync daemon stop')).out).toContain(`${owner.pid}`)
        await eventually(() => expect(processStart(owner.pid)).toBeUndefined())
        expect((await world.call('sync daemon status')).out).toContain('No daemon runs')
      } finally {
        endForSure(owner.pid)
      }
    },
  )
