import Database from 'better-sqlite3'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { loggedInWorld, type CliWorld } from '../../fixtures/cli/world.ts'
import { anEvent } from '../../fixtures/engine/events.ts'
import { journalPath } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'

/** Every file of the home with its content; a reader makes an empty log beside the journal, and its index. */
function contentOf(home: string): Record<string, string> {
  const names = readdirSync(home, { recursive: true, encoding: 'utf8' }).sort()
  const files = names.filter(
    (name) => statSync(join(home, name)).isFile() && !/-shm$|-wal$|\.lock$/.test(name),
  )
  return Object.fromEntries(
    files.map((name) => [name, readFileSync(join(home, name)).toString('base64')]),
  )
}

/** Each needs the journal, and none may begin a change before it has looked at it. */
const NEED_THE_JOURNAL = [
  'sync now',
  'sync now --dry-run',
  'sync import in.jsonl',
  'sync export',
  'sync archive',
  'sync gc',
  'sync backup copy.db',
  'sync failed list',
  'sync failed retry --all',
  'sync failed discard --all',
  'sync failed export failed.jsonl',
  'sync retry --all',
  'sync allow',
  'sync allow --revoke',
  'sync allow --all --dry-run',
  'sync targets',
  'sync producer renew',
  'sync journal list',
  'sync migrate',
  'sync migrate --dry-run',
  'sync mode TEAMSPACE',
  'sync server https://other.example',
  'doctor journal',
  'doctor journal --repair',
  'sync daemon start',
  'agent mission create other',
  'agent tasks move-task WP01 --to claimed',
]

async function homeOfLater(world: CliWorld): Promise<void> {
  await world.call('agent mission create demo')
  await world.call('sync now')
  writeFileSync(join(world.project, 'in.jsonl'), `${JSON.stringify(anEvent())}\n`)
  const db = new Database(journalPath(world.home))
  db.pragma('user_version = 99')
  db.close()
}

spec(
  ['SYNC/NFR-006', 'SYNC/SC-002'],
  'every command refuses a journal of a later version, names what to do, and has changed nothing in the home',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await homeOfLater(world)
    const before = contentOf(world.home)
    for (const line of NEED_THE_JOURNAL) {
      const { code, err } = await world.call(line)
      expect([line, code, err]).toEqual([
        line,
        2,
        expect.stringContaining('use the newer spec-kitty'),
      ])
      expect([line, contentOf(world.home)]).toEqual([line, before])
    }
    const status = await world.call('sync status --check --json')
    expect(status.json['findings']).toMatchObject([{ code: 'journal_newer' }])
  },
)
