import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { loggedInWorld, temporaryFolder } from '../../fixtures/cli/world.ts'
import { makeNewFile } from '../../packages/sync-engine/src/home/new-file.ts'
import { auditEntries } from '../../packages/sync-engine/src/consent/audit.ts'
import { readJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'

/** What is at the name already, and what must still be there afterwards. */
const TAKEN: Readonly<Record<string, (path: string) => void>> = {
  'a file': (path) => writeFileSync(path, 'theirs'),
  'an empty file': (path) => writeFileSync(path, ''),
  'a folder': (path) => mkdirSync(path),
  'a link to a file': (path) => {
    writeFileSync(`${path}.theirs`, 'theirs')
    symlinkSync(`${path}.theirs`, path)
  },
  'a link that leads nowhere': (path) => symlinkSync(`${path}.nothing`, path),
}

const DOORS = [
  'sync backup FILE',
  'sync export FILE',
  'sync failed export FILE',
  'sync archive --file FILE',
] as const

/** Everything below a folder, with what it is. */
function stateOf(folder: string): string[] {
  return readdirSync(folder).map((name) => {
    const path = join(folder, name)
    const found = lstatSync(path)
    if (found.isSymbolicLink()) return `${name} -> ${readlinkSync(path)}`
    return found.isFile() ? `${name}: ${readFileSync(path, 'utf8')}` : name
  })
}

for (const door of DOORS)
  spec(
    ['SYNC/T066', 'SYNC/FR-018', 'SYNC/C-008'],
    `${door} neither follows nor replaces what is at that name, and leaves nothing beside it`,
    async () => {
      await using world = await loggedInWorld({ firstAnswer: 'success' })
      await world.call('agent mission create demo')
      await world.call('sync now')
      const folder = join(world.folder, 'out')
      mkdirSync(folder)
      for (const [index, put] of Object.values(TAKEN).entries()) put(join(folder, `taken${index}`))
      const before = stateOf(folder)
      for (const index of Object.keys(Object.values(TAKEN))) {
        const refused = await world.call(door.replace('FILE', join(folder, `taken${index}`)))
        expect([refused.code, refused.err], `taken${index}`).toEqual([
          2,
          expect.stringContaining('Refused: '),
        ])
      }
      expect(stateOf(folder)).toEqual(before)
      const missing = await world.call(door.replace('FILE', join(folder, 'taken0', 'x')))
      expect(missing.code).toBe(2)
      const made = await world.call(door.replace('FILE', join(folder, 'new')))
      expect(made.code, made.err).toBe(0)
      expect(stateOf(folder).filter((name) => !name.startsWith('new: ')).length).toBe(before.length)
      expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o600)
    },
  )

for (const door of DOORS)
  spec(
    ['SYNC/T066', 'SYNC/T077'],
    `${door}: - is standard output or refused, never the name of a file`,
    async () => {
      await using world = await loggedInWorld({ limits: { maxDecompressedBytesPerBatch: 1_500 } })
      await world.call('agent mission create demo')
      await world.call(`agent tasks move-task WP01 --to claimed --note ${'x'.repeat(4_000)}`)
      await world.call('sync now')
      const { code, out, err } = await world.call(door.replace('FILE', '-'))
      expect(existsSync(join(world.project, '-'))).toBe(false)
      const isOutput = door.includes('export')
      expect([code, err]).toEqual(isOutput ? [0, ''] : [64, DASH])
      if (!isOutput) return
      const [first = '', last = ''] = [out.split('\n')[0], out.trimEnd().split('\n').at(-1)]
      expect(JSON.parse(first)).toHaveProperty('event_type')
      expect(JSON.parse(last)).toHaveProperty('format', 'spec-kitty-export')
    },
  )
const DASH = 'error: this needs a file; - is standard output (./- is a file)\n'

for (const door of DOORS)
  spec(
    ['SYNC/T066', 'SYNC/FR-018'],
    `${door} works on a file system that has no links, and replaces nothing there either`,
    async () => {
      await using world = await loggedInWorld({ firstAnswer: 'success' })
      await world.call('agent mission create demo')
      await world.call('sync now')
      const preload = fileURLToPath(new URL('without-links.ts', import.meta.url))
      const env = { NODE_OPTIONS: `--import=${preload}` }
      const line = door.replace('FILE', join(world.folder, 'new'))
      const made = await world.run(line, env)
      expect(made.code, made.err).toBe(0)
      const before = readFileSync(join(world.folder, 'new'))
      const again = await world.run(line, env)
      expect(again.code).toBe(door.includes('archive') ? 0 : 2)
      expect(readFileSync(join(world.folder, 'new'))).toEqual(before)
    },
  )

spec(
  ['SYNC/T066', 'SYNC/FR-018'],
  'a new file has its name only when it is complete, and is its owner’s alone from the first byte on',
  () => {
    const folder = temporaryFolder('spec-kitty-new-')
    const path = join(folder, 'file')
    expect(() =>
      makeNewFile(path, (draft) => {
        expect([existsSync(path), statSync(draft).mode & 0o777]).toEqual([false, 0o600])
        writeFileSync(draft, 'half')
        throw new Error('the disk is full')
      }),
    ).toThrow('the disk is full')
    expect(readdirSync(folder)).toEqual([])
    // Made by another process while this one wrote: theirs stays.
    expect(() => makeNewFile(path, () => writeFileSync(path, 'theirs'))).toThrow(/EEXIST/)
    expect(stateOf(folder)).toEqual(['file: theirs'])
  },
)

spec(
  ['SYNC/C-003', 'SYNC/C-008'],
  'to forget a target and to send everything to it anew are decisions that the audit keeps',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    await world.call('sync now')
    const listed = await world.call('sync targets --json')
    const [target] = listed.json['targets'] as { target_id: string }[]
    const id = target?.target_id ?? ''
    for (const change of ['redrain', 'forget'])
      expect((await world.call(`sync targets --${change} ${id}`)).code).toBe(0)
    expect((await world.call('sync targets --forget tgt_none')).code).toBe(2)
    const journal = readJournal({ home: world.home })
    const kept = auditEntries(journal).filter(({ subject }) => subject.startsWith('target '))
    journal.close()
    expect(kept.map(({ action, subject }) => [action, subject.split(',')[0]])).toEqual([
      ['forget', `target ${id}`],
      ['redrain', `target ${id}`],
    ])
  },
)
