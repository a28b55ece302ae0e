import { expect } from 'vitest'
import { issueOf, operator } from '../../fixtures/github/index.ts'
import { publish } from '../../packages/phase4-gate/src/publication/publish.ts'
import { spec } from '../spec.ts'
import { impatient, openScene, snapshotOf } from './scene.ts'

spec(
  ['GATE/FR-011', 'GATE/FR-012', 'GATE/FR-014', 'GATE/FR-015'],
  'a passed run leaves one comment on 41, 41 closed, one comment on 1038, 1038 open, in this order',
  async () => {
    await using scene = await openScene()
    const record = await publish(await scene.run('run-1'), {
      ...{ github: await scene.github(), polling: impatient },
    })
    expect(record).toMatchObject({ outcome: 'complete', stop: null, authors: [operator] })
    expect(scene.marked(41)).toHaveLength(1)
    expect(scene.marked(1038)).toHaveLength(1)
    const { state } = scene.server
    expect(issueOf(state, 41)).toMatchObject({ state: 'closed', stateReason: 'completed' })
    expect(issueOf(state, 1038).state).toBe('open')
    const writes = scene.server.requests.filter(({ method, name }) => {
      return method !== 'GET' && !name.includes('graphql')
    })
    expect(writes.map(({ name }) => name)).toEqual([
      'POST comment 41',
      'PATCH issue 41',
      'POST comment 1038',
    ])
    expect(scene.server.violations).toEqual([])
  },
)

spec(
  ['GATE/FR-011', 'GATE/NFR-002'],
  'a publication that is taken up after more than a day posts no outdated health',
  async () => {
    await using scene = await openScene()
    const run = await scene.run('run-1')
    const yesterday = new Date(Date.now() - 25 * 3_600_000)
    await run.facts.write('snapshotBeforeFourRuns', snapshotOf(yesterday))
    const record = await publish(run, { github: await scene.github(), polling: impatient })
    expect(record).toMatchObject({ outcome: 'broken', stop: { code: 'snapshot-too-old' } })
    expect(scene.sent('POST') + scene.sent('PATCH')).toBe(0)
  },
)
