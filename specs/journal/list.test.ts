import Database from 'better-sqlite3'
import { readFileSync, writeFileSync } from 'node:fs'
import { execa } from 'execa'
import { expect } from 'vitest'
import { cliWorld, PROGRAM } from '../../fixtures/cli/world.ts'
import { anEvent, eventOfSize, someEvents } from '../../fixtures/engine/events.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { journalPath, openJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'

spec(
  ['SYNC/FR-001', 'SYNC/FR-018'],
  'a list in JSON shows every digit of an event, and of two members of one name both',
  async () => {
    await using world = cliWorld()
    const line = JSON.stringify(anEvent({ payload: { count: 1 } }))
    const given = line.replace('"count":1', '"count":9007199254740993,"count":1.50')
    writeFileSync(`${world.project}/given.jsonl`, `${given}\n`)
    expect((await world.call('sync import given.jsonl')).code).toBe(0)
    const { out, json } = await world.call('sync journal list --json')
    expect(out).toContain('"count":9007199254740993,"count":1.50')
    expect(json).toMatchObject({ ok: true, events: [{ seq: 1 }] })
  },
)

spec(
  ['SYNC/FR-001'],
  'a list goes on from page to page up to its limit, in both directions, and is one JSON object however long',
  async () => {
    await using world = cliWorld()
    const journal = openJournal({ home: world.home })
    capture(journal, someEvents(450))
    journal.close()
    for (const [options, expected] of [
      ['--limit 1000', [1, 450]],
      ['--limit 201', [1, 201]],
      ['--limit 201 --newest', [450, 250]],
      ['--limit 100', [1, 100]],
      ['--limit 1 --type none', []],
    ] as const) {
      const { json } = await world.call(`sync journal list --json ${options}`)
      const seqs = (json['events'] as { seq: number }[]).map(({ seq }) => seq)
      const ends = seqs.length === 0 ? [] : [seqs[0], seqs.at(-1)]
      expect([options, ends]).toEqual([options, [...expected]])
      const { out } = await world.call(`sync journal list ${options}`)
      expect(out.trim() === '' ? 0 : out.trim().split('\n').length).toBe(seqs.length)
    }
  },
)

spec(
  ['SYNC/FR-001', 'SYNC/SC-002'],
  'a list that ends at a damaged page is one JSON object all the same, and does not claim to be all',
  async () => {
    await using world = cliWorld()
    const path = journalPath(world.home)
    const journal = openJournal({ home: world.home })
    for (let count = 0; count < 300; count += 1) capture(journal, [eventOfSize(3_000)])
    journal.db.pragma('wal_checkpoint(TRUNCATE)')
    journal.close()
    const db = new Database(path, { readonly: true })
    const bytes = Number(db.pragma('page_size', { simple: true }))
    db.close()
    const file = readFileSync(path)
    file.fill(0xff, Math.floor(file.length / bytes / 2) * bytes, file.length - 20 * bytes)
    writeFileSync(path, file)
    const { code, out } = await world.call('sync journal list --json --limit 1000')
    const json = JSON.parse(out) as { ok: boolean; error_code: string; events: object[] }
    expect([code, json.ok, json.error_code]).toEqual([2, false, 'journal-unreadable'])
    expect(json.events.length).toBeLessThan(300)
  },
)

spec(
  ['SYNC/FR-001', 'SYNC/FR-018'],
  'the memory of a list or an export does not grow with what a reader of the pipe has not read yet',
  async () => {
    await using world = cliWorld()
    const journal = openJournal({ home: world.home })
    for (let count = 0; count < 150; count += 1) capture(journal, [eventOfSize(900_000)])
    journal.close()
    for (const line of ['sync journal list --json --limit 1000', 'sync export']) {
      const argv = ['--max-old-space-size=64', PROGRAM, ...line.split(' ')]
      const { exitCode, stdout } = await execa(process.execPath, argv, {
        ...{ cwd: world.project, env: world.env, extendEnv: false, reject: false },
        maxBuffer: 1_000_000_000,
      })
      expect([line, exitCode, stdout.length > 130_000_000]).toEqual([line, 0, true])
      if (line.includes('--json'))
        expect((JSON.parse(stdout) as { events: object[] }).events.length).toBe(150)
    }
  },
)
