import { expect } from 'vitest'
import { type Fault, issueOf, usualSeed } from '../../fixtures/github/index.ts'
import { reopenBlocker, type Reopening } from '../../packages/phase4-gate/src/publication/reopen.ts'
import { markDryRun } from '../../packages/gate-kernel/src/run/dry-run.ts'
import { spec } from '../spec.ts'
import { impatient, openScene, type Scene, wheelSha256 } from './scene.ts'

async function reopen(scene: Scene, issue: 1141 | 1182, id = 'run-1'): Promise<Reopening> {
  const run = await scene.run(id)
  const commit = 'c'.repeat(40)
  await run.facts.write('candidate', {
    tag: 'v3.2.0rc16',
    version: '3.2.0rc16',
    commit,
    wheelSha256,
  })
  const github = await scene.github()
  return reopenBlocker(run, issue, 'Scenario 4 failed.', { github, polling: impatient })
}

spec(
  'GATE/FR-007',
  'a closed blocker is re-opened and told why, and no other issue is touched',
  async () => {
    await using scene = await openScene()
    expect(await reopen(scene, 1141)).toMatchObject({ issue: 1141, reopened: true })
    const { state } = scene.server
    expect(issueOf(state, 1141)).toMatchObject({ state: 'open', stateReason: 'reopened' })
    expect(issueOf(state, 1141).comments[0]?.body).toMatch(/^Scenario 4 failed\./)
    for (const other of [1182, 1038, 41]) expect(issueOf(state, other).comments).toEqual([])
    expect(issueOf(state, 1182).state).toBe('closed')
    expect(scene.server.violations).toEqual([])
  },
)

spec('GATE/FR-007', 'a blocker that is open already only gets the comment', async () => {
  const issues = [{ number: 1182, title: 't', state: 'open' as const }]
  await using scene = await openScene(usualSeed({ cli: { issues } }))
  expect(await reopen(scene, 1182)).toMatchObject({ reopened: false })
  expect(scene.sent('PATCH')).toBe(0)
  expect(scene.marked(1182)).toHaveLength(1)
})

spec(
  'GATE/FR-007',
  'lost answers lead neither to a second comment nor to a second re-opening',
  async () => {
    const faults: Fault[] = [
      { on: 'PATCH issue 1141', nth: 1, fault: 'reset-after-write' },
      { on: 'POST comment 1141', nth: 1, fault: '502-after-write' },
    ]
    await using scene = await openScene(undefined, { faults })
    await reopen(scene, 1141)
    await reopen(scene, 1141)
    expect(scene.marked(1141)).toHaveLength(1)
    const events = issueOf(scene.server.state, 1141).events.map(({ kind }) => kind)
    expect(events).toEqual(['closed', 'reopened'])
  },
)

spec('GATE/FR-007', 'each run tells its own failure', async () => {
  await using scene = await openScene()
  await reopen(scene, 1141, 'run-1')
  await reopen(scene, 1141, 'run-2')
  expect(scene.marked(1141)).toHaveLength(2)
})

spec('GATE/FR-007', 'a dry run looks at the blocker and leaves it as it is', async () => {
  await using scene = await openScene()
  await markDryRun((await scene.run('run-1')).folder)
  expect(await reopen(scene, 1141)).toEqual({
    ...{ issue: 1141, reopened: false, commentUrl: 'none: dry run' },
  })
  expect(scene.sent('PATCH') + scene.sent('POST')).toBe(0)
  expect(issueOf(scene.server.state, 1141).state).toBe('closed')
})
