import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { lookAround } from '../../fixtures/rehearsal/aftermath.ts'
import { clearFolder } from '../../fixtures/rehearsal/clear.ts'
import { type Rehearsal, startRehearsal } from '../../fixtures/rehearsal/rehearsal.ts'
import { worldSchema } from '../../packages/phase4-gate/src/world/schema.ts'
import { spec } from '../spec.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Every text in a world, however deep. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsIn)
}

function addressesOf({ github, service, index }: Rehearsal): string[] {
  return [github.url, service.url, index.url]
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  )
}

spec(
  'GATE/C-008',
  'a rehearsal is a valid world, on this machine and inside its folder',
  async () => {
    const workspace = join(folder, 'inside')
    await using rehearsal = await startRehearsal({ folder: workspace })
    const { world } = rehearsal
    expect(worldSchema.parse(structuredClone(world))).toStrictEqual(world)
    const urls = textsIn(world).filter((text) => URL.canParse(text) && text.startsWith('http'))
    expect(urls.filter((url) => new URL(url).hostname !== '127.0.0.1')).toStrictEqual([])
    for (const checkout of Object.values(world.checkouts)) {
      expect(checkout.startsWith(`${workspace}/`)).toBe(true)
      expect((await stat(checkout)).isDirectory()).toBe(true)
    }
  },
)

spec('GATE/C-008', 'a token is in the environment, never in the world', async () => {
  await using rehearsal = await startRehearsal({ folder: join(folder, 'token') })
  const token = rehearsal.env[rehearsal.world.github.tokenEnv] ?? ''
  expect(token).toMatch(/^rehearsal_[0-9a-f]{36}$/)
  expect(textsIn(rehearsal.world).filter((text) => text.includes(token))).toStrictEqual([])
})

spec('GATE/C-008', 'a closed rehearsal leaves no folder and no open port', async () => {
  const workspace = join(folder, 'closed')
  const rehearsal = await startRehearsal({ folder: workspace })
  expect(await Promise.all(addressesOf(rehearsal).map(answers))).toStrictEqual([true, true, true])
  await rehearsal.close()
  expect(await Promise.all(addressesOf(rehearsal).map(answers))).toStrictEqual([
    false,
    false,
    false,
  ])
  await expect(stat(workspace)).rejects.toThrow('ENOENT')
})

spec('GATE/FR-010', 'a rehearsal that is left keeps the evidence of all attempts', async () => {
  const workspace = join(folder, 'left')
  const rehearsal = await startRehearsal({ folder: workspace })
  await rehearsal.leave()
  expect(await readdir(workspace)).toStrictEqual(['e2e'])
  const attempts = join(workspace, 'e2e', 'artifacts', 'sync_identity_boundary')
  expect(await readdir(attempts)).toStrictEqual(['rc14-attempt1', 'rc15-attempt1'])
})

spec('GATE/C-008', 'rehearsals run side by side, each on its own', async () => {
  await using one = await startRehearsal({ folder: join(folder, 'one') })
  await using other = await startRehearsal({ folder: join(folder, 'other') })
  expect(new Set([...addressesOf(one), ...addressesOf(other)]).size).toBe(6)
  expect(one.env).not.toStrictEqual(other.env)
})

spec('GATE/FR-015', 'the aftermath tells issues, writes and touched evidence', async () => {
  await using rehearsal = await startRehearsal({ folder: join(folder, 'aftermath') })
  const calm = await lookAround(rehearsal)
  expect(calm.issues.map(({ number, state }) => [number, state])).toStrictEqual([
    ...[
      [1038, 'open'],
      [1141, 'closed'],
      [1182, 'closed'],
    ],
    [41, 'open'],
  ])
  expect([calm.writes, calm.overwritten, calm.violations]).toStrictEqual([[], [], []])
  await fetch(`${rehearsal.github.url}/repos/a/b/issues/9/comments`, { method: 'POST', body: '{}' })
  const attempts = join(rehearsal.world.checkouts.e2e, 'artifacts', 'sync_identity_boundary')
  await writeFile(join(attempts, 'rc15-attempt1', 'run-1.json'), '{}')
  const touched = await lookAround(rehearsal)
  expect(touched.writes).toStrictEqual(['POST comment 9'])
  expect(touched.overwritten).toStrictEqual([
    ' M artifacts/sync_identity_boundary/rc15-attempt1/run-1.json',
  ])
})

spec('GATE/NFR-003', 'sealed evidence can be cleared away, and kept folders stay', async () => {
  const sealed = join(folder, 'clear', 'sealed')
  await mkdir(join(folder, 'clear', 'kept', 'deep'), { recursive: true })
  await mkdir(sealed)
  await writeFile(join(sealed, 'run-1.json'), '{}', { mode: 0o444 })
  await chmod(sealed, 0o555)
  await clearFolder(join(folder, 'clear'), [join(folder, 'clear', 'kept')])
  expect(await readdir(join(folder, 'clear'))).toStrictEqual(['kept'])
  expect(await readdir(join(folder, 'clear', 'kept'))).toStrictEqual(['deep'])
})
