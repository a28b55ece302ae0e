import { expect } from 'vitest'
import { issueOf } from '../../fixtures/github/index.ts'
import { publish } from '../../packages/phase4-gate/src/publication/publish.ts'
import { spec } from '../spec.ts'
import { impatient, openScene } from './scene.ts'
import { startPublisher } from './publisher-process.ts'

spec('GATE/FR-011', 'two publishers of one run at once leave one comment', async () => {
  await using scene = await openScene()
  const run = await scene.run('run-1')
  const one = async (): Promise<string> => {
    const github = await scene.github()
    return (await publish(run, { github, polling: impatient })).outcome
  }
  expect(await Promise.all([one(), one(), one()])).toEqual(['complete', 'complete', 'complete'])
  expect([scene.marked(41).length, scene.marked(1038).length]).toEqual([1, 1])
})

spec(
  'GATE/FR-011',
  'two runs of one candidate at once leave one comment, and both know whose',
  async () => {
    await using scene = await openScene()
    const one = async (id: string): Promise<string | null> => {
      const run = await scene.run(id)
      const record = await publish(run, { github: await scene.github(), polling: impatient })
      expect(record.outcome).toBe('complete')
      const { comment41 } = record.steps
      return comment41.state === 'done' ? (comment41.adoptedFrom ?? id) : null
    }
    const owners = await Promise.all([one('run-1'), one('run-2')])
    expect(new Set(owners).size).toBe(1)
    expect([scene.marked(41).length, scene.marked(1038).length]).toEqual([1, 1])
  },
)

spec(
  'GATE/FR-011',
  'where two machines published one run after all, the oldest comment counts and the other is taken back',
  async () => {
    await using one = await openScene()
    const github = await one.github()
    const first = await publish(await one.run('run-1'), { github, polling: impatient })
    const [body = ''] = one.marked(41)
    await github.comment(41, body)
    const run = await one.run('run-1')
    // The other machine has no record: it sees both comments for the first time.
    await import('node:fs/promises').then(({ rm }) => rm(`${run.folder}/publication.json`))
    const second = await publish(run, { github, polling: impatient })
    expect(second).toMatchObject({ outcome: 'complete', stop: null })
    expect(second.steps.comment41).toMatchObject({
      commentId: 'commentId' in first.steps.comment41 && first.steps.comment41.commentId,
    })
    expect(one.marked(41)).toHaveLength(1)
  },
)

spec(
  'GATE/FR-011',
  'a second publisher gives up after a bounded time, and says who to wait for',
  async () => {
    await using scene = await openScene(undefined, {
      faults: [{ on: 'POST comment 41', nth: 1, fault: 'slow-before-write', delayMs: 1500 }],
    })
    const run = await scene.run('run-1')
    const slow = publish(run, { github: await scene.github(), polling: impatient })
    await scene.arrived('POST comment 41')
    const github = await scene.github()
    await expect(
      publish(run, { github, polling: impatient, lockWaitMs: 200 }),
    ).rejects.toMatchObject({
      report: { code: 'publication-under-way', verdict: 'inconclusive' },
    })
    expect((await slow).outcome).toBe('complete')
  },
)

spec(
  ['GATE/FR-011', 'GATE/FR-014'],
  'a publisher killed at any request is completed by the next one, without a second comment',
  async () => {
    const places = ['POST comment 41', 'PATCH issue 41', 'POST comment 1038'] as const
    const moments = ['slow-before-write', 'slow-after-write'] as const
    for (const on of places) {
      for (const fault of moments) {
        await using scene = await openScene(undefined, {
          faults: [{ on, nth: 1, fault, delayMs: 400 }],
        })
        const run = await scene.run('run-1')
        const publisher = startPublisher(run)
        await scene.arrived(on)
        publisher.kill()
        await publisher.ended
        const github = await scene.github()
        const record = await publish(run, { github, polling: impatient })
        expect(record.outcome, `${on} ${fault}`).toBe('complete')
        await scene.server.idle()
        const counts = [scene.marked(41).length, scene.marked(1038).length]
        expect(counts, `${on} ${fault}`).toEqual([1, 1])
        expect(issueOf(scene.server.state, 1038).state).toBe('open')
      }
    }
  },
)
