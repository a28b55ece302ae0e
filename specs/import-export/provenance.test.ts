import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { cliWorld, loggedInWorld, type CliWorld } from '../../fixtures/cli/world.ts'
import { journalPath } from '../../packages/sync-engine/src/journal/journal.ts'
import { rows } from '../migration/state.ts'
import { spec } from '../spec.ts'

/** A home with three events, exported into a file. */
async function exported(world: CliWorld): Promise<string> {
  await world.call('agent mission create demo --work-packages 2')
  const file = join(world.folder, 'events.jsonl')
  expect((await world.run(`sync export ${file}`)).code).toBe(0)
  return file
}

function provenance({ home }: CliWorld): unknown[] {
  const sql = 'SELECT source, count(*) AS events FROM provenance GROUP BY source ORDER BY source'
  return rows(journalPath(home), sql)
}

/** Takes the same line with another content under the same id. */
function diverging(line: string): string {
  return line.replace('"demo"', '"other"')
}

spec(
  ['SYNC/FR-018', 'SYNC/T059'],
  'an event that comes in two files is there once, and both are on record as its sources',
  async () => {
    await using world = cliWorld()
    await using other = cliWorld()
    const file = await exported(world)
    const packed = join(world.folder, 'second.jsonl')
    // The same content in another layout: keys in another order, and spaces.
    const lines = readFileSync(file, 'utf8').trim().split('\n')
    const turned = lines.map((line) => {
      const entries = Object.entries(JSON.parse(line) as object).reverse()
      return JSON.stringify(Object.fromEntries(entries)).replaceAll('":', '" : ')
    })
    writeFileSync(packed, turned.join('\r\n'))
    await other.run(`sync import ${file}`)
    const again = await other.run(`sync import ${packed} --json`)
    expect([again.code, again.json['deduplicated']]).toEqual([0, 3])
    expect(provenance(other)).toEqual([
      { source: `import:${file}`, events: 3 },
      { source: `import:${packed}`, events: 3 },
    ])
    expect((await other.call('sync export')).out).toBe(readFileSync(file, 'utf8'))
  },
)

spec(
  ['SYNC/FR-018', 'SYNC/SC-011'],
  'a divergent event is kept aside with both payloads, and the printed remedy settles it',
  async () => {
    await using world = cliWorld()
    const file = await exported(world)
    const [first = ''] = readFileSync(file, 'utf8').split('\n')
    writeFileSync(file, `${diverging(first)}\n`)
    const found = await world.run(`sync import ${file}`)
    expect([found.code, found.out]).toEqual([1, expect.stringContaining('1 in conflict')])
    const [conflict] = rows(journalPath(world.home), 'SELECT source, incoming FROM conflicts')
    expect(conflict).toEqual({ source: `import:${file}`, incoming: diverging(first) })
    const remedy = /next: spec-kitty (.+)/.exec(found.out)?.[1] ?? ''
    expect((await world.run(remedy)).code).toBe(0)
    const again = await world.run(`sync import ${file} --json`)
    expect([again.code, again.json]).toMatchObject([0, { conflicts: 0, deduplicated: 1 }])
    expect((await world.call('sync export')).out).toContain(first)
  },
)

spec(
  'SYNC/FR-018',
  'a decision for the imported version makes it the one that is exported and delivered',
  async () => {
    await using world = await loggedInWorld()
    const file = await exported(world)
    const [first = ''] = readFileSync(file, 'utf8').split('\n')
    writeFileSync(file, `${diverging(first)}\n`)
    await world.call(`sync import ${file}`)
    const { event_id: id } = JSON.parse(first) as { event_id: string }
    const taken = await world.run(`sync migrate --resolve take-incoming --event ${id}`)
    expect(taken.code).toBe(0)
    expect((await world.call('sync export')).out).toContain(diverging(first))
    await world.call('sync now')
    expect(world.service.events.get(id)?.event.payload).toMatchObject({ mission_slug: 'other' })
  },
)

spec(
  ['SYNC/T066', 'SYNC/FR-010'],
  'what gc or archive removed is known still: importing it again makes no second event',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    const file = await exported(world)
    await world.call('sync now')
    await world.call('sync archive')
    const again = await world.run(`sync import ${file} --json`)
    expect(again.json).toMatchObject({ imported: 0, restored: 3, deduplicated: 0 })
    await world.call('sync now')
    expect(world.service.events.size).toBe(3)
  },
)

spec('SYNC/FR-018', 'a packed archive is known by its content, whatever its name', async () => {
  await using world = await loggedInWorld({ firstAnswer: 'success' })
  await using other = cliWorld()
  await exported(world)
  await world.call('sync now')
  const file = join(world.folder, 'archive-of-may')
  await world.call(`sync archive --file ${file}`)
  symlinkSync(file, join(world.folder, 'link'))
  expect((await other.run(`sync import ${world.folder}/link --json`)).json).toMatchObject({
    imported: 3,
  })
})

spec(
  'SYNC/T066',
  'an archive with one bit changed, wherever, is refused, and no journal is made for it',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await using other = cliWorld()
    await exported(world)
    await world.call('sync now')
    const file = join(world.folder, 'events.gz')
    await world.call(`sync archive --file ${file}`)
    const text = gunzipSync(readFileSync(file)).toString()
    const start = text.indexOf('\n')
    const places = Array.from(
      { length: 60 },
      (_, at) => start + Math.floor((at * (text.length - start)) / 60),
    )
    for (const place of places) {
      const bytes = Buffer.from(text)
      bytes[place] = (bytes[place] ?? 0) ^ 1
      writeFileSync(file, gzipSync(bytes))
      const refused = await other.call(`sync import ${file} --json`)
      const code = refused.json['error_code']
      expect([place, refused.code, code]).toEqual([place, 2, 'archive-invalid'])
    }
    expect(existsSync(journalPath(other.home))).toBe(false)
  },
)

spec('SYNC/T066', 'an export never overwrites, and its file is for its owner alone', async () => {
  await using world = cliWorld()
  const file = await exported(world)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const before = readFileSync(file, 'utf8')
  await world.call('agent mission create second')
  const refused = await world.run(`sync export ${file} --json`)
  expect(refused.code).toBe(64)
  const again = await world.run(`sync export ${file}`)
  expect([again.code, again.err]).toEqual([2, expect.stringContaining('name another file')])
  expect(readFileSync(file, 'utf8')).toBe(before)
  const one = await world.run('sync export --type MissionCreated')
  expect(one.out.trim().split('\n')).toHaveLength(2)
})
