import Database from 'better-sqlite3'
import fc from 'fast-check'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { writeQueue } from '../../fixtures/cli/queues.ts'
import { cliWorld, loggedInWorld } from '../../fixtures/cli/world.ts'
import { anEvent } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { DIFFICULT, POISON } from '../../fixtures/engine/poison.ts'
import { canonicalJson } from '../../packages/batch-contract/src/canonical.ts'
import { capture, captureRecorded } from '../../packages/sync-engine/src/journal/capture.ts'
import { listQuarantined, readEntries } from '../../packages/sync-engine/src/journal/read.ts'
import { journalTotals } from '../../packages/sync-engine/src/journal/totals.ts'
import { spec } from '../spec.ts'

const difficult = Object.values(DIFFICULT)
const poison = Object.values(POISON)

const idOf = (text: string): string => (JSON.parse(text) as { event_id: string }).event_id

spec(
  ['SYNC/FR-018', 'SYNC/T066', 'SYNC/SC-002'],
  'what import takes comes back with every digit, and one bad event stops none of the others',
  async () => {
    await using world = cliWorld()
    await using other = cliWorld()
    const file = join(world.folder, 'events.jsonl')
    const mixed = difficult.flatMap((text, at) => [poison[at % poison.length] ?? '', text])
    writeFileSync(file, `\ufeff${[...mixed, ...poison].join('\r\n')}\r\n`)
    const first = await world.call(`sync import ${file} --json`)
    const taken = { imported: difficult.length, conflicts: 0 }
    expect(first.json).toMatchObject({
      ...taken,
      quarantined: mixed.length - difficult.length + poison.length,
    })
    const quarantined = count(world.home, 'quarantine')
    expect(quarantined).toBe(poison.length)

    const again = await world.call(`sync import ${file} --json`)
    expect(again.json).toMatchObject({ imported: 0, deduplicated: difficult.length, conflicts: 0 })
    expect(count(world.home, 'quarantine')).toBe(quarantined)

    const exported = (await world.call('sync export')).out
    for (const [at, line] of exported.trimEnd().split('\n').entries())
      expect(canonicalJson(line)).toBe(canonicalJson(difficult[at] ?? ''))
    const copy = join(other.folder, 'copy.jsonl')
    writeFileSync(copy, exported)
    expect((await other.call(`sync import ${copy} --json`)).json).toMatchObject(taken)
    expect((await other.call('sync export')).out).toBe(exported)
  },
)

function count(home: string, table: string): number {
  const db = new Database(join(home, 'event_journal', 'journal.db'), { readonly: true })
  try {
    return Number(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get())
  } finally {
    db.close()
  }
}

spec(
  ['SYNC/FR-013', 'SYNC/FR-018', 'SYNC/T066'],
  'what migrate takes is delivered, collected, archived, and imported by another home byte for byte',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await using other = cliWorld()
    const queue = join(world.home, 'queue.db')
    writeQueue(queue, {})
    const db = new Database(queue)
    const add = db.prepare(
      'INSERT OR IGNORE INTO queue (event_id, event_type, data, timestamp) VALUES (?, ?, ?, ?)',
    )
    const all = [...difficult, ...poison.filter((text) => text.startsWith('{'))]
    for (const [second, text] of all.entries()) add.run(idOf(text), 'X', text, second)
    db.close()
    const migrated = await world.call('sync migrate --json')
    expect(migrated.json).toMatchObject({ imported: difficult.length })
    const exported = (await world.call('sync export')).out
    expect(exported.trimEnd().split('\n')).toHaveLength(difficult.length)
    await world.call('sync allow --all')
    await world.call('sync now')
    const file = join(world.folder, 'events.jsonl.gz')
    const archived = await world.call(`sync archive --file ${file} --json`)
    expect(archived.code).toBe(0)
    const moved = Number(archived.json['archived'])
    expect(moved).toBeGreaterThan(0)
    expect((await other.call(`sync import ${file} --json`)).json).toMatchObject({
      imported: moved,
      quarantined: 0,
    })
    const restored = await world.call(`sync import ${file} --json`)
    expect(restored.json).toMatchObject({ restored: moved, conflicts: 0, quarantined: 0 })
    expect((await world.call('sync export')).out).toBe(exported)
  },
)

/** What a library caller may hand over by mistake. */
function mistakes(): unknown[] {
  const cycle: Record<string, unknown> = { ...anEvent() }
  cycle['payload'] = { cycle }
  let deep: unknown = {}
  for (let level = 0; level < 5_000; level += 1) deep = { deep }
  const throwing = Object.defineProperty({ ...anEvent() }, 'event_id', {
    enumerable: true,
    get: () => {
      throw new Error('not now')
    },
  })
  const hostile = new Proxy({}, { get: () => fail(), ownKeys: () => fail() })
  return [
    undefined,
    Symbol('event'),
    () => 'event',
    { ...anEvent(), payload: { big: 2n ** 60n } },
    { ...anEvent(), payload: { deep } },
    { ...anEvent(), payload: { toJSON: () => fail() } },
    cycle,
    throwing,
    hostile,
  ]
}

function fail(): never {
  throw new Error('a mistake')
}

spec(
  ['SYNC/T013', 'SYNC/T014'],
  'the library answers for each event: a cycle, a BigInt or a trap stops none of the good ones',
  () => {
    using world = temporaryJournal()
    const bad = mistakes()
    const outcomes = capture(
      world.journal,
      bad.flatMap((one) => [one, anEvent()]),
    )
    expect(outcomes.filter((_, at) => at % 2 === 0).map(({ kind }) => kind)).toEqual(
      bad.map(() => 'quarantined'),
    )
    expect(outcomes.filter((_, at) => at % 2 === 1).map(({ kind }) => kind)).toEqual(
      bad.map(() => 'captured'),
    )
    for (const one of bad)
      expect(capture(world.journal, [one])).toMatchObject([{ kind: 'quarantined' }])
    for (const { problems } of listQuarantined(world.journal)) expect(problems).not.toEqual([])
  },
)

spec('SYNC/T013', 'a producer of rc15 may repeat status fields, but not contradict itself', () => {
  using world = temporaryJournal()
  const text = DIFFICULT['that repeats its status fields'] ?? ''
  const event = JSON.parse(text) as Record<string, unknown>
  expect(capture(world.journal, [{ ...event, to_lane: 'done' }, event])).toMatchObject([
    { kind: 'quarantined', problems: ['to_lane is not a field of the contract'] },
    { kind: 'captured' },
  ])
})

const json = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 })
const digits = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n })

spec(
  ['SYNC/FR-018', 'SYNC/T059'],
  'neighbours of any size are told apart, and any spelling of the same content is known',
  () => {
    using world = temporaryJournal({ synchronous: 'NORMAL' })
    fc.assert(
      fc.property(json, digits, (payload, number) => {
        const event = { ...anEvent(), payload }
        const written = (n: bigint): string =>
          JSON.stringify(event).replace('"lamport_clock":1', `"lamport_clock":${n}`)
        const [first] = captureRecorded(world.journal, [written(number)])
        expect(first).toMatchObject({ kind: 'captured' })
        const [last] = readEntries(world.journal, { newest: true, limit: 1 })
        expect(canonicalJson(last?.envelope ?? '')).toBe(canonicalJson(written(number)))
        expect(captureRecorded(world.journal, [`  ${written(number)} `])).toMatchObject([
          { kind: 'already-captured' },
        ])
        expect(captureRecorded(world.journal, [written(number + 1n)])).toMatchObject([
          { kind: 'divergent' },
        ])
      }),
      { numRuns: 100 },
    )
    expect(journalTotals(world.journal).retained).toBe(100)
  },
)

spec('SYNC/FR-018', 'a file is read from a pipe as from a disk', async () => {
  await using world = cliWorld()
  const file = join(world.folder, 'events.jsonl')
  writeFileSync(file, difficult.join('\n'))
  const { execa } = await import('execa')
  const { PROGRAM } = await import('../../fixtures/cli/world.ts')
  const options = { cwd: world.project, env: world.env, extendEnv: false, reject: false } as const
  const piped = await execa(process.execPath, [PROGRAM, 'sync', 'import', '-', '--json'], {
    ...options,
    input: readFileSync(file),
  })
  expect(JSON.parse(piped.stdout)).toMatchObject({ imported: difficult.length })
  const fifo = join(world.folder, 'fifo')
  await execa('mkfifo', [fifo])
  const [read] = await Promise.all([
    execa(process.execPath, [PROGRAM, 'sync', 'import', fifo, '--json'], options),
    execa('cp', [file, fifo]),
  ])
  expect(JSON.parse(read.stdout)).toMatchObject({ imported: 0, deduplicated: difficult.length })
})
