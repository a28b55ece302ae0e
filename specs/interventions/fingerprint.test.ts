import { existsSync, rmSync } from 'node:fs'
import { chmod, mkdir, rename, symlink, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { execa } from 'execa'
import { expect } from 'vitest'
import {
  openFingerprinter,
  scratchOf,
} from '../../packages/phase4-gate/src/interventions/fingerprint.ts'
import { interventions } from '../../packages/phase4-gate/src/interventions/compare.ts'
import { serviceRun } from '../preflight/world.ts'
import { testRun } from '../evidence/workspace.ts'
import { spec } from '../spec.ts'

spec(
  'GATE/NFR-001',
  'a database that is deleted while its neighbour is read is gone, not unreadable',
  async () => {
    await using world = await testRun()
    const spool = join(world.run.world.canary.home, '.spec-kitty')
    await mkdir(spool, { recursive: true })
    const [first = '', second = ''] = ['a.db', 'b.db'].map((name) => join(spool, name))
    for (const file of [first, second])
      new Database(file).exec('CREATE TABLE queue (id INTEGER PRIMARY KEY)').close()
    const taken = openFingerprinter(world.run).take()
    while (!existsSync(scratchOf(world.run))) await turn()
    rmSync(second)
    expect(Object.keys((await taken).databases)).toEqual([first])
  },
)

spec(
  'GATE/NFR-001',
  'an owner record that comes and goes is in a look with its daemon, or not at all',
  async () => {
    await using world = await testRun()
    const spool = join(world.run.world.canary.home, '.spec-kitty')
    await mkdir(spool, { recursive: true })
    const owner = join(spool, 'owner.json')
    // Between the record and the next file that is read there is time to delete it.
    await writeFile(join(spool, 'z.bin'), Buffer.alloc(4_000_000))
    const looks = openFingerprinter(world.run)
    let isOver = false
    const coming = (async () => {
      for (let number = 0; !isOver; number += 1) {
        await writeFile(`${owner}.new`, JSON.stringify({ pid: process.pid, number }))
        await rename(`${owner}.new`, owner)
        await turn()
        rmSync(owner)
        await turn()
      }
    })()
    const seen = []
    for (let look = 0; look < 60; look += 1) seen.push(await looks.take())
    isOver = true
    await coming
    const torn = seen.filter(({ files, daemons }) => owner in files !== owner in daemons)
    expect(torn).toEqual([])
  },
)

async function socketAt(path: string): Promise<AsyncDisposable & { readonly name: string }> {
  const server = createServer().listen(path)
  await once(server, 'listening')
  return {
    name: basename(path),
    [Symbol.asyncDispose]: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}

const insert = `INSERT INTO queue VALUES (1), (2)`
const undone = `DELETE FROM queue WHERE id = 1; INSERT INTO queue VALUES (1)`

async function homeOf(world: Awaited<ReturnType<typeof testRun>>): Promise<string> {
  const spool = join(world.run.world.canary.home, '.spec-kitty')
  await mkdir(spool, { recursive: true })
  return spool
}

for (const mode of ['DELETE', 'WAL', 'TRUNCATE', 'PERSIST']) {
  spec(
    'GATE/NFR-001',
    `rows that are deleted and put back are seen, journal mode ${mode}`,
    async () => {
      await using world = await testRun()
      const file = join(await homeOf(world), 'queue.db')
      const database = new Database(file)
      database.pragma(`journal_mode = ${mode}`)
      database.exec(`CREATE TABLE queue (id INTEGER PRIMARY KEY); ${insert}`)
      const fingerprinter = openFingerprinter(world.run)
      const before = await fingerprinter.take()
      expect(interventions(before, await fingerprinter.take(), 'here', 'any')).toEqual([])
      database.exec(undone)
      const after = await fingerprinter.take()
      expect(interventions(before, after, 'here', 'any')).toEqual([
        `here: written and put back: ${file}`,
      ])
      database.close()
    },
  )
}

spec('GATE/NFR-001', 'a queue and a folder behind a link are watched like any other', async () => {
  await using world = await testRun()
  const spool = await homeOf(world)
  const elsewhere = join(world.root, 'elsewhere')
  await mkdir(elsewhere)
  for (const name of ['data', 'notes.yaml']) await writeFile(join(elsewhere, name), 'x')
  new Database(join(elsewhere, 'real')).exec('CREATE TABLE queue (id INTEGER PRIMARY KEY)').close()
  await symlink(join(elsewhere, 'real'), join(spool, 'queue.db'))
  await symlink(elsewhere, join(spool, 'more'))
  await symlink(spool, join(spool, 'circle'))
  const fingerprinter = openFingerprinter(world.run)
  const before = await fingerprinter.take()
  new Database(join(elsewhere, 'real')).exec(insert).close()
  await writeFile(join(elsewhere, 'notes.yaml'), 'y')
  const found = interventions(before, await fingerprinter.take(), 'here', 'any')
  expect(found.join()).toMatch(/2 rows added to queue of \S+queue\.db/)
  expect(found.join()).toMatch(/file edited: \S+more\/notes\.yaml/)
})

spec(
  'GATE/NFR-001',
  'a file that is replaced and put back with its old times is seen',
  async () => {
    await using world = await testRun()
    const file = join(await homeOf(world), 'config.toml')
    await writeFile(file, 'old')
    await utimes(file, 1_000, 1_000)
    const fingerprinter = openFingerprinter(world.run)
    const before = await fingerprinter.take()
    await rename(file, `${file}.kept`)
    await writeFile(file, 'other')
    await rename(`${file}.kept`, file)
    await utimes(file, 1_000, 1_000)
    const after = await fingerprinter.take()
    expect(interventions(before, after, 'here', 'any')).toEqual([
      `here: written and put back: ${file}`,
    ])
  },
)

spec('GATE/NFR-001', 'what cannot be watched is named', async () => {
  await using world = await testRun()
  const spool = await homeOf(world)
  await symlink(join(world.root, 'nowhere'), join(spool, 'gone.db'))
  await writeFile(join(spool, 'broken.db'), 'not a database at all, and long enough')
  await chmod(join(spool, 'broken.db'), 0o600)
  await execa('mkfifo', [join(spool, 'queue.db')])
  await using socket = await socketAt(join(spool, 'daemon.sock'))
  const { unwatched = [] } = await openFingerprinter(world.run).takeComplete()
  expect(unwatched.join()).toMatch(/gone\.db is a link to nothing/)
  expect(unwatched.join()).toMatch(/broken\.db cannot be read/)
  expect(unwatched.join()).toMatch(/queue\.db is not a file/)
  // A daemon listens at one while it lives; nothing is kept there.
  expect(unwatched.join()).not.toContain(socket.name)
  expect(unwatched.join()).toMatch(/did not tell its counters in 5 attempts/)
})

spec(
  ['GATE/NFR-001', 'GATE/C-004'],
  'an answer that is missing is asked again, and no change',
  async () => {
    for (const status of [429, 503]) {
      await using world = await serviceRun()
      const fingerprinter = openFingerprinter(world.run)
      const before = await fingerprinter.takeComplete()
      const effect = { kind: 'answer', status } as const
      const seen = world.service.requests.filter(({ path }) => path.endsWith('sync/health/')).length
      world.service.faults.push({ route: 'GET /api/v1/sync/health/', nth: [seen + 1], effect })
      const after = await fingerprinter.takeComplete()
      expect(after.service).toEqual(before.service)
      expect(interventions(before, after, 'here', 'any')).toEqual([])
    }
  },
)

spec(
  'GATE/NFR-001',
  'a home below a folder of any name is watched: only names inside of it say what a file is for',
  async () => {
    for (const name of ['cache', 'auth', 'logs', 'a.tmp', 'x.db', 'home.log']) {
      await using world = await testRun()
      world.run.world.canary.home = join(world.run.world.canary.home, name, 'home')
      world.run.world.canary.projects = [join(world.run.world.workspace, name, 'project')]
      const spool = await homeOf(world)
      const kittify = join(world.run.world.canary.projects[0] ?? '', '.kittify')
      await mkdir(kittify, { recursive: true })
      const files = [
        join(spool, 'owner.json'),
        join(spool, 'config.toml'),
        join(kittify, 'meta.json'),
      ]
      for (const file of files) await writeFile(file, '{}')
      const before = await openFingerprinter(world.run).take()
      expect(Object.keys(before.files).sort(), name).toEqual(files.toSorted())
      for (const file of files) await writeFile(file, '{"a":1}')
      const after = await openFingerprinter(world.run).take()
      const found = interventions(before, after, 'here', 'any')
      for (const file of files) expect(found.join(), name).toContain(file)
    }
  },
)
