import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { cliWorld, loggedInWorld } from '../../fixtures/cli/world.ts'
import { importEvents } from '../../packages/sync-engine/src/retention/import.ts'
import { spec } from '../spec.ts'

spec(['SYNC/FR-003', 'SYNC/FR-018'], 'what one home exports another imports, once', async () => {
  await using world = cliWorld()
  await using other = cliWorld()
  await world.call('agent mission create demo --work-packages 3')
  const file = join(world.folder, 'events.jsonl')
  expect((await world.call(`sync export ${file}`)).out).toContain('4 event(s) written')
  expect((await other.call(`sync import ${file} --json`)).json).toMatchObject({
    imported: 4,
    deduplicated: 0,
  })
  expect((await other.call(`sync import ${file} --json`)).json).toMatchObject({
    imported: 0,
    deduplicated: 4,
  })
  const again = await other.call('sync export')
  expect(again.out).toBe(readFileSync(file, 'utf8'))
})

spec(
  ['SYNC/T066', 'SYNC/FR-010'],
  'an archive is imported again with the content that was archived',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await using other = cliWorld()
    await world.call('agent mission create demo')
    const before = (await world.call('sync export')).out
    await world.call('sync now')
    const file = join(world.folder, 'events.jsonl.gz')
    await world.call(`sync archive --file ${file}`)
    expect((await world.call('sync export')).out).toBe('')
    expect((await other.call(`sync import ${file} --json`)).json).toMatchObject({ imported: 2 })
    expect((await other.call('sync export')).out).toBe(before)
  },
)

spec(
  ['SYNC/T066', 'SYNC/FR-018'],
  'an archive restores the very payloads that it was made of, and nothing else',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    const before = (await world.call('sync export')).out
    const counts = (await world.call('sync status --json')).json['journal']
    await world.call('sync now')
    const file = join(world.folder, 'events.jsonl.gz')
    await world.call(`sync archive --file ${file}`)

    const other = join(world.folder, 'other.jsonl')
    writeFileSync(other, before.replace('"demo"', '"else"'))
    const divergent = await world.call(`sync import ${other} --json`)
    expect(divergent.json).toMatchObject({ imported: 0, restored: 1, conflicts: 1 })

    const restored = await world.call(`sync import ${file} --json`)
    expect(restored.json).toMatchObject({ imported: 0, restored: 1, deduplicated: 1, conflicts: 0 })
    expect((await world.call('sync export')).out).toBe(before)
    expect((await world.call('sync status --json')).json['journal']).toEqual(counts)
    expect((await world.call('sync now')).out).toContain('Synced: 0')
  },
)

spec(
  'SYNC/T066',
  'a changed, cut or foreign archive is refused and nothing is imported',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await using other = cliWorld()
    await world.call('agent mission create demo')
    await world.call('sync now')
    const file = join(world.folder, 'events.jsonl.gz')
    await world.call(`sync archive --file ${file}`)
    const good = readFileSync(file)
    const lines = gunzipSync(good).toString().trimEnd().split('\n')
    const packed = (changed: string[]): Buffer => gzipSync(`${changed.join('\n')}\n`)
    const spoiled: Record<string, Buffer> = {
      changed: packed(lines.map((line) => line.replace('MissionCreated', 'MissionCrested'))),
      'without its end': packed(lines.slice(0, -1)),
      'without an event': packed(lines.filter((_, at) => at !== 1)),
      'without a header': packed(lines.slice(1)),
      cut: good.subarray(0, good.length - 20),
      'no gzip': Buffer.from('hello'),
    }
    for (const [name, content] of Object.entries(spoiled)) {
      writeFileSync(file, content)
      const refused = await other.call(`sync import ${file} --json`)
      expect([name, refused.code, refused.json['error_code']]).toEqual([name, 2, 'archive-invalid'])
    }
    expect((await other.call('sync export')).out).toBe('')
  },
)

spec(
  'SYNC/FR-018',
  'imports follow the rules of capture: divergent and invalid events are put aside',
  async () => {
    await using world = cliWorld()
    await world.call('agent mission create demo')
    const [first = ''] = (await world.call('sync export')).out.split('\n')
    const divergent = first.replace('"demo"', '"other"')
    const file = join(world.folder, 'events.jsonl')
    writeFileSync(file, `${first}\n\n${divergent}\n{"event_id": "nonsense"}\n`)
    const finished = await world.call(`sync import ${file} --json`)
    expect(finished.json).toEqual({
      ...{ ok: false, imported: 0, restored: 0, deduplicated: 1, conflicts: 1, quarantined: 1 },
    })
    expect(finished.code).toBe(1)
    expect((await world.call('sync status --json')).json).toMatchObject({
      migration_conflicts: { count: 1 },
    })
  },
)

spec(
  'SYNC/FR-018',
  'a file with a line that is not JSON is refused by its number, before anything is taken',
  async () => {
    await using world = cliWorld()
    await using other = cliWorld()
    await world.call('agent mission create demo')
    const file = join(world.folder, 'events.jsonl')
    writeFileSync(file, `${(await world.call('sync export')).out}{"cut": \n`)
    const refused = await other.call(`sync import ${file} --json`)
    expect(refused.json).toMatchObject({ error_code: 'import-invalid', where: `${file}, line 3` })
    expect((await other.call('sync export')).out).toBe('')
    expect((await other.call('sync import /nowhere --json')).json).toMatchObject({
      error_code: 'import-invalid',
    })
  },
)

spec('SYNC/T077', 'an import tells how many lines it has read and then taken', async () => {
  await using world = cliWorld()
  await using other = cliWorld()
  await world.call('agent mission create demo --work-packages 3')
  const file = join(world.folder, 'events.jsonl')
  await world.call(`sync export ${file}`)
  const told = { read: 0, taken: 0 }
  const order: string[] = []
  await importEvents(other.home, file, Date.now, (step, lines) => {
    told[step] += lines
    if (order.at(-1) !== step) order.push(step)
  })
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').length
  expect([order, told]).toEqual([['read', 'taken'], { read: lines, taken: lines }])
})
