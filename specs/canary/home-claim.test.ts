import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { claimHome } from '../../packages/phase4-gate/src/installation/home-claim.ts'
import type { World } from '../../packages/phase4-gate/src/world/schema.ts'
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
    const { canary, candidate } = world.run.world
    const files = [canary.home, candidate.installer.home, canary.cwd].map(
      (folder) => `${folder}.canary-gate-claim.json`,
    )
    for (const one of files) {
      const claim = JSON.parse(await readFile(one, 'utf8')) as object
      await writeFile(one, JSON.stringify({ ...claim, startedAt: 'another process by now' }))
    }
    await claimHome(other)
    expect((await stopOf(claimHome(world.run))).what).toMatch(/^run run-2/)
    for (const one of files) await writeFile(one, '{"run":')
    await claimHome(world.run)
  },
)

const shared: readonly (readonly [name: string, share: (one: World, other: World) => void])[] = [
  [
    'candidate.installer.home',
    (one, other) => (other.candidate.installer = one.candidate.installer),
  ],
  ['canary.cwd', (one, other) => (other.canary.cwd = one.canary.cwd)],
]

for (const [name, share] of shared)
  spec(['GATE/NFR-001', 'GATE/NFR-004'], `two gates do not share ${name}`, async () => {
    await using one = await testRun()
    await using other = await testRun()
    await claimHome(one.run)
    Object.assign(other.run, { id: 'run-2' })
    await claimHome(other.run)
    share(one.run.world, other.run.world)
    const stop = await stopOf(claimHome(other.run))
    expect(stop).toMatchObject({ code: 'canary-home-in-use', verdict: 'blocked' })
    expect(stop.what).toMatch(new RegExp(`^run run-1 .* the same ${name.replaceAll('.', '\\.')}: `))
    expect(stop.next).toContain(name)
  })

spec('GATE/C-008', 'nothing is claimed beside the workspace', async () => {
  await using world = await testRun()
  const { run } = world
  run.world.canary.cwd = run.world.workspace
  await claimHome(run)
  expect(existsSync(`${run.world.workspace}.canary-gate-claim.json`)).toBe(false)
})
