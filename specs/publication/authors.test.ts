import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Fault, issueOf, operator, tokens, usualSeed } from '../../fixtures/github/index.ts'
import { withMarker } from '../../packages/gate-kernel/src/publication/marker.ts'
import { publish } from '../../packages/phase4-gate/src/publication/publish.ts'
import { spec } from '../spec.ts'
import { comments, impatient, openScene, wheelSha256 } from './scene.ts'

const e2eWith = (
  list: readonly { author: string; body: string; createdAt?: string }[],
  more: { reopenedAt?: string[] } = {},
): ReturnType<typeof usualSeed> =>
  usualSeed({
    e2e: { issues: [{ number: 41, title: 't', state: 'open', comments: list, ...more }] },
  })

spec(
  'GATE/FR-011',
  'a marker planted by somebody else is reported and does not count',
  async () => {
    const seed = e2eWith([{ author: 'stranger', body: comments('run-1')[41] }])
    await using scene = await openScene(seed)
    const record = await publish(await scene.run('run-1'), {
      ...{ github: await scene.github(), polling: impatient },
    })
    expect(record.outcome).toBe('complete')
    const authors = issueOf(scene.server.state, 41).comments.map(({ author }) => author)
    expect(authors).toEqual(['stranger', operator])
    expect(record.planted).toHaveLength(1)
  },
)

spec(
  'GATE/FR-011',
  'our comment is found among hundreds of others, on whatever page it is',
  async () => {
    const noise = (count: number): { author: string; body: string }[] =>
      Array.from({ length: count }, (_, i) => ({ author: 'talker', body: `opinion ${i}` }))
    const ours = { author: operator, body: comments('run-1')[41] }
    await using scene = await openScene(e2eWith([...noise(230), ours, ...noise(140)]))
    const record = await publish(await scene.run('run-1'), {
      ...{ github: await scene.github(), polling: impatient },
    })
    expect(record.outcome).toBe('complete')
    expect(scene.marked(41)).toHaveLength(1)
  },
)

spec(
  'GATE/FR-011',
  'a page from which GitHub left an entry out is not taken for the last one',
  async () => {
    const noise = Array.from({ length: 230 }, (_, i) => ({
      author: 'talker',
      body: `opinion ${i}`,
    }))
    const ours = { author: operator, body: comments('run-1')[41] }
    const faults: Fault[] = [{ on: 'GET comments 41', nth: 1, fault: 'stale-list' }]
    await using scene = await openScene(e2eWith([...noise, ours]), { faults })
    const record = await publish(await scene.run('run-1'), {
      ...{ github: await scene.github(), polling: impatient },
    })
    expect(record.outcome).toBe('complete')
    expect(scene.marked(41)).toHaveLength(1)
  },
)

spec(
  'GATE/FR-011',
  'an earlier run of the same candidate has published: its comment counts',
  async () => {
    const createdAt = '2026-05-02T00:00:00Z'
    const seed = e2eWith([{ author: operator, body: comments('run-0')[41], createdAt }])
    await using scene = await openScene(seed)
    const record = await publish(await scene.run('run-1'), {
      ...{ github: await scene.github(), polling: impatient },
    })
    expect(record.steps.comment41).toMatchObject({ state: 'done', adoptedFrom: 'run-0' })
    expect(scene.marked(41)).toHaveLength(1)
  },
)

spec(
  'GATE/FR-011',
  'evidence of another candidate, or from before 41 was re-opened, does not count',
  async () => {
    const createdAt = '2026-05-02T00:00:00Z'
    const other = { author: operator, body: comments('run-0', 'b'.repeat(64))[41], createdAt }
    const stale = { author: operator, body: comments('run-0')[41], createdAt }
    for (const seed of [
      e2eWith([other]),
      e2eWith([stale], { reopenedAt: ['2026-05-03T00:00:00Z'] }),
    ]) {
      await using scene = await openScene(seed)
      const record = await publish(await scene.run('run-1'), {
        ...{ github: await scene.github(), polling: impatient },
      })
      expect(record.steps.comment41).toMatchObject({ state: 'done', adoptedFrom: null })
      expect(scene.marked(41)).toHaveLength(2)
    }
  },
)

spec('GATE/FR-014', 'a marker made for another issue does not count', async () => {
  const body = withMarker('copied', { run: 'run-1', candidate: wheelSha256, issue: 41 })
  const seed = usualSeed({
    cli: {
      issues: [{ number: 1038, title: 't', state: 'open', comments: [{ author: operator, body }] }],
    },
  })
  await using scene = await openScene(seed)
  await publish(await scene.run('run-1'), { github: await scene.github(), polling: impatient })
  expect(scene.marked(1038)).toHaveLength(2)
})

spec(
  'GATE/FR-011',
  'the fallback token writes under its own name, also after a crash between both',
  async () => {
    const faults: Fault[] = [{ on: 'POST comment 41', nth: 2, fault: '502-after-write' }]
    await using scene = await openScene(undefined, { faults })
    const run = await scene.run('run-1')
    const program = join(run.folder, 'print-token')
    await writeFile(program, `#!/bin/sh\necho ${tokens.operator}\n`)
    await chmod(program, 0o755)
    Object.assign(scene.world.github, { tokenCommand: [program] })
    const env = { GITHUB_TOKEN: tokens.readOnly, PATH: process.env['PATH'] ?? '' }
    const record = await publish(run, { github: await scene.github(env), polling: impatient })
    expect(record).toMatchObject({ outcome: 'complete', authors: ['read-only', operator] })
    expect([scene.marked(41).length, scene.marked(1038).length]).toEqual([1, 1])
  },
)

spec(
  'GATE/FR-011',
  'a token of somebody else than configured stops before anything is written',
  async () => {
    await using scene = await openScene(undefined, { change: { author: operator } })
    const github = await scene.github({ GITHUB_TOKEN: tokens.stranger })
    const record = await publish(await scene.run('run-1'), { github, polling: impatient })
    expect(record).toMatchObject({ outcome: 'broken', stop: { code: 'author-differs' } })
    expect(scene.marked(41)).toHaveLength(0)
  },
)

spec('GATE/FR-011', 'an app’s token publishes too, and recognises its own comment', async () => {
  const faults: Fault[] = [{ on: 'POST comment 41', nth: 1, fault: 'reset-after-write' }]
  await using scene = await openScene(undefined, { faults })
  const github = await scene.github({ GITHUB_TOKEN: tokens.actions })
  const record = await publish(await scene.run('run-1'), { github, polling: impatient })
  expect(record).toMatchObject({ outcome: 'complete', authors: ['github-actions[bot]'] })
  expect(scene.marked(41)).toHaveLength(1)
})
