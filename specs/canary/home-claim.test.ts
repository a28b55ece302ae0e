import { readFile, writeFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { claimHome } from '../../packages/phase4-gate/src/installation/home-claim.ts'
import { testRun } from '../evidence/workspace.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'

spec(
  'GATE/NFR-001',
  'a second gate on one canary home refuses, and says which gate has it',
  async () => {
    await using world = await testRun()
    await claimHome(world.run)
    await claimHome(world.run)
    const file = `${world.run.world.canary.home}.canary-gate-claim.json`
    const other = { ...world.run, id: 'run-2' }
    const stop = await stopOf(claimHome(other))
    expect(stop).toMatchObject({ code: 'canary-home-in-use', verdict: 'blocked', where: file })
    expect(stop.what).toMatch(/^run run-1 \(process \d+\)/)
    const claim = JSON.parse(await readFile(file, 'utf8')) as object
    await writeFile(file, JSON.stringify({ ...claim, startedAt: 'another process by now' }))
    await claimHome(other)
    expect((await stopOf(claimHome(world.run))).what).toMatch(/^run run-2/)
    await writeFile(file, '{"run":')
    await claimHome(world.run)
  },
)
