import { appendFile, mkdtemp, readFile, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { ExternalWrite } from '../../packages/gate-kernel/src/github/external-write.ts'
import { readWrites, recordWrites } from '../../packages/gate-kernel/src/publication/writes.ts'
import { spec } from '../spec.ts'

async function inFolder(body: (folder: string, file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'writes-'))
  try {
    await body(folder, join(folder, 'writes.jsonl'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

const written = (id: string, outcome: ExternalWrite['outcome']): ExternalWrite => ({
  ...{ id, what: 'comment', issue: 41, text: `text of ${id}`, outcome },
  url: outcome === 'confirmed' ? `https://github.example/${id}` : null,
  at: '2026-05-20T10:00:00.000Z',
})

spec(
  'GATE/FR-011',
  'wherever a process died while it told of a write, each later one is in the evidence',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 1000 }), fc.boolean(), async (cut, confirmed) => {
        await inFolder(async (folder, file) => {
          const record = recordWrites(folder)
          await record(written('first', 'sent'))
          if (confirmed) await record(written('first', 'confirmed'))
          const { length } = await readFile(file)
          await truncate(file, length - (cut % length))
          await record(written('second', 'sent'))
          await record(written('second', 'confirmed'))
          const told = await readWrites(folder)
          expect(told.at(-1)).toMatchObject({ text: 'text of second', outcome: 'confirmed' })
          expect(told.length).toBeLessThanOrEqual(2)
        })
      }),
      { numRuns: 100 },
    )
  },
)

spec('GATE/FR-011', 'a write of which only the answer was kept is in the evidence', async () => {
  await inFolder(async (folder, file) => {
    await appendFile(file, '{"id":"first","what":"comment","issue":41,"te\n')
    await recordWrites(folder)(written('first', 'confirmed'))
    expect(await readWrites(folder)).toMatchObject([
      { text: 'text of first', url: 'https://github.example/first', outcome: 'confirmed' },
    ])
  })
})
