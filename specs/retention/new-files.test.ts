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
