import { join } from 'node:path'
import { expect } from 'vitest'
import { queueRows, writeQueue } from '../../fixtures/cli/queues.ts'
import { loggedInWorld, type LoggedInWorld } from '../../fixtures/cli/world.ts'
import { agreeToDocuments } from '../../fixtures/engine/consent.ts'
import { spec } from '../spec.ts'

const OTHER = join('queues', 'queue-0123456789abcdef.db')
const NEXT = 'next: spec-kitty sync now; spec-kitty sync migrate'

/** Two queues hold a document under one key with two texts; the first of them has moved. */
async function diverged(): Promise<LoggedInWorld> {
  const world = await loggedInWorld({ firstAnswer: 'success' })
  for (const [path, body] of [
    ['queue.db', 'one'],
    [OTHER, 'two'],
  ] as const)
    writeQueue(join(world.home, path), { bodies: [{ mission: 'm', path: 'spec.md', body }] })
  agreeToDocuments(world.home, 'queue-0123456789abcdef')
  return world
}

spec(
  ['BOUNDARY/D-1', 'SYNC/FR-018'],
  'a document that differs from one that waits stays, is named, and is no success',
  async () => {
    await using world = await diverged()
    const finished = await world.call('sync migrate')
    expect(finished.code).toBe(1)
    expect(finished.out).toContain('1 document(s) differ')
    expect(finished.out).toContain(NEXT)
    const { json } = await world.call('sync migrate --json')
    expect(json['conflicts']).toBe(0)
    const sources = json['sources'] as { path: string; bodies: object }[]
    // The name of the active queue depends on the server, and with it its place in the list.
    const other = sources.find(({ path }) => path === join(world.home, OTHER))
    expect(other?.bodies).toMatchObject({ divergent: 1, imported: 0 })
    expect(queueRows(join(world.home, OTHER)).bodies).toBe(1)
  },
)

spec(
  ['SYNC/FR-018', 'SYNC/T071'],
  'sync now never says that nothing is left while such a document stays behind',
  async () => {
    await using world = await diverged()
    const first = await world.call('sync now --json')
    expect(first.code).toBe(1)
    expect(first.json).toMatchObject({ ok: false, migration: { divergentDocuments: 1 } })
    const second = await world.call('sync now')
    expect([second.code, second.out]).toEqual([1, expect.stringContaining('1 refused')])
    expect((await world.call('sync now')).out).toContain('Nothing is left to deliver.')
    expect(queueRows(join(world.home, OTHER)).bodies).toBe(0)
  },
)
