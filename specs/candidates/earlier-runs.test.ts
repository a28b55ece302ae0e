import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { tagsOfEarlierRuns } from '../../packages/phase4-gate/src/candidates/earlier-runs.ts'
import { exampleWorld } from '../../packages/phase4-gate/src/live-config/example.ts'
import { spec } from '../spec.ts'

const rehearsal = { ...exampleWorld.github, apiUrl: 'http://127.0.0.1:4711' }

async function runsWith(
  runs: Readonly<Record<string, { readonly github: unknown; readonly commit: string }>>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'earlier-runs-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [id, { github, commit }] of Object.entries(runs)) {
    await mkdir(join(folder, id, 'facts'), { recursive: true })
    await writeFile(join(folder, id, 'world.json'), JSON.stringify({ ...exampleWorld, github }))
    await writeFile(
      join(folder, id, 'facts', 'candidate.json'),
      JSON.stringify({
        ...{ tag: 'v3.2.0rc16', version: '3.2.0rc16' },
        ...{ commit, wheelSha256: '0'.repeat(64) },
      }),
    )
  }
  await mkdir(join(folder, 'no-run-at-all'))
  await writeFile(join(folder, 'latest'), '20261103T000000Z-cccc\n')
  return folder
}

spec(
  'GATE/NFR-004',
  'a rehearsal on this machine does not make the tag of a live run look moved',
  async () => {
    const folder = await runsWith({
      '20261101T000000Z-aaaa': { github: exampleWorld.github, commit: 'old' },
      '20261102T000000Z-bbbb': { github: exampleWorld.github, commit: 'live' },
      '20261103T000000Z-cccc': { github: rehearsal, commit: 'rehearsed' },
    })
    const seen = await tagsOfEarlierRuns(folder, ({ github }) => github.apiUrl.startsWith('https:'))
    expect([...seen]).toEqual([['v3.2.0rc16', 'live']])
  },
)

spec('GATE/NFR-004', 'without earlier runs no tag can have moved', async () => {
  expect((await tagsOfEarlierRuns('/nowhere/at/all', () => true)).size).toBe(0)
})

spec(
  'GATE/NFR-004',
  'a record of an earlier run that cannot be read holds: it may name another commit',
  async () => {
    const id = '20261101T000000Z-aaaa'
    const good = { github: exampleWorld.github, commit: 'old' }
    const candidate = { tag: 'v3.2.0rc16', version: '3.2.0rc16', wheelSha256: '0'.repeat(64) }
    const broken: readonly (readonly [file: string, text: string])[] = [
      ['facts/candidate.json', ''],
      ['facts/candidate.json', JSON.stringify({ ...candidate, commit: 'old' }).slice(0, -9)],
      ['facts/candidate.json', JSON.stringify(candidate)],
      [
        'facts/candidate.json',
        `{"commit":"other",${JSON.stringify({ ...candidate, commit: 'old' }).slice(1)}`,
      ],
      ['facts/candidate.json', 'null'],
      ['world.json', '{'],
    ]
    for (const [file, text] of broken) {
      const folder = await runsWith({ [id]: good })
      await writeFile(join(folder, id, file), text)
      await expect(
        tagsOfEarlierRuns(folder, () => true),
        `${file}: ${text}`,
      ).rejects.toThrow('cannot be read, so nobody knows which commit a tag had')
    }
    const without = await runsWith({ [id]: good })
    await rm(join(without, id, 'facts', 'candidate.json'))
    expect((await tagsOfEarlierRuns(without, () => true)).size).toBe(0)
  },
)
