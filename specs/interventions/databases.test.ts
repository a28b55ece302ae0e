import { appendFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { expect } from 'vitest'
import {
  DatabaseBusy,
  digestDatabase,
  openForLooking,
} from '../../packages/phase4-gate/src/interventions/databases.ts'
import { spec } from '../spec.ts'

interface Place extends AsyncDisposable {
  readonly file: string
  readonly scratch: string
}

async function place(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'looking-'))
  return {
    file: join(folder, 'queue.db'),
    scratch: join(folder, 'scratch'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

const table = `CREATE TABLE queue (id INTEGER PRIMARY KEY, data)`
const keysOf = async ({ file, scratch }: Place): Promise<string[]> =>
  Object.keys((await digestDatabase(file, scratch))['queue'] ?? {})

spec('GATE/NFR-001', 'bytes that are no text are told apart, and so are types', async () => {
  const digests: unknown[] = []
  for (const value of [`x'ff'`, `x'fe'`, `'1'`, '1', 'NULL', `'null'`]) {
    await using at = await place()
    const database = new Database(at.file)
    database.exec(`CREATE TABLE "a""b" (data); INSERT INTO "a""b" VALUES (${value})`)
    database.close()
    digests.push((await digestDatabase(at.file, at.scratch))['a"b']?.['1'])
  }
  expect(new Set(digests).size).toBe(6)
})

spec('GATE/NFR-001', 'rows that only the write-ahead log holds are seen', async () => {
  await using at = await place()
  const writer = new Database(at.file)
  writer.pragma('journal_mode = WAL')
  writer.exec(`${table}; PRAGMA wal_checkpoint(TRUNCATE); INSERT INTO queue VALUES (1, 'e1')`)
  expect(await keysOf(at)).toEqual(['1'])
  writer.close()
})

spec('GATE/NFR-001', 'what a writer has not committed yet is no change', async () => {
  await using at = await place()
  const writer = new Database(at.file)
  writer.exec(`${table}; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
    INSERT INTO queue SELECT i, hex(zeroblob(2000)) FROM n`)
  const before = await digestDatabase(at.file, at.scratch)
  // More than the cache holds, so that uncommitted pages have reached the file.
  writer.exec(`PRAGMA cache_size = 1; BEGIN; UPDATE queue SET data = hex(randomblob(2000))`)
  expect(await digestDatabase(at.file, at.scratch)).toEqual(before)
  writer.close()
})

spec('GATE/NFR-001', 'a database that never rests is busy, not changed', async () => {
  await using at = await place()
  new Database(at.file).exec(table).close()
  const looking = { done: false }
  const digest = digestDatabase(at.file, at.scratch).finally(() => (looking.done = true))
  const writing = (async () => {
    while (!looking.done) {
      appendFileSync(`${at.file}-wal`, 'x')
      await turn()
    }
  })()
  await expect(digest).rejects.toThrow(DatabaseBusy)
  await writing
})

spec('GATE/C-003', 'the copy is looked at only, and is gone afterwards', async () => {
  await using at = await place()
  new Database(at.file).exec(table).close()
  {
    await using glass = await openForLooking(at.file, at.scratch)
    expect(() => glass.database.exec('DELETE FROM queue')).toThrow(/readonly/)
  }
  await writeFile(at.file, 'no database')
  await expect(digestDatabase(at.file, at.scratch)).rejects.toThrow(/not a database/)
  expect(await readdir(at.scratch)).toEqual([])
})
