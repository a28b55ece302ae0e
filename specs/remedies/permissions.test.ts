import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { closedToOthers } from '../../fixtures/cli/ordinary-user.ts'
import { eventId, writeQueue } from '../../fixtures/cli/queues.ts'
import { loggedInWorld, type LoggedInWorld } from '../../fixtures/cli/world.ts'
import { spec } from '../spec.ts'
import { findingsOf } from './state.ts'
import { remediesIn, shellIn, type Shell } from './typing.ts'

const SCOPED = join('queues', 'queue-0123456789abcdef.db')

/** What is closed to its own user, the complaint about it, and the command that opens it. */
const COMPLAINTS: Readonly<
  Record<string, { path: string; mode: number; code: string; types: RegExp }>
> = {
  'a queue that may only be read': {
    path: SCOPED,
    mode: 0o400,
    code: 'queue_unreadable',
    types: /^chmod u\+rw \S+\.db$/,
  },
  'a folder of queues that may only be read': {
    path: dirname(SCOPED),
    mode: 0o500,
    code: 'queue_unreadable',
    types: /^chmod u\+rwx \S+\/queues$/,
  },
  'a journal in a folder that may only be read': {
    path: 'event_journal',
    mode: 0o500,
    code: 'journal_unreadable',
    types: /^chmod -R u\+rwX \S+\/event_journal$/,
  },
  'a closed folder of the daemon': {
    path: 'daemon',
    mode: 0,
    code: 'owner_unreadable',
    types: /^chmod u\+rwX \S+\/daemon$/,
  },
  'a closed owner record': {
    path: join('daemon', 'owner.json'),
    mode: 0,
    code: 'owner_unreadable',
    types: /^chmod u\+rwX \S+\/owner\.json$/,
  },
}

/** A home with something of everything in it. */
async function fullHome(): Promise<LoggedInWorld> {
  const world = await loggedInWorld({ firstAnswer: 'success' })
  await world.call('agent mission create demo')
  writeQueue(join(world.home, SCOPED), { events: [{ id: eventId(1), second: 1 }] })
  mkdirSync(join(world.home, 'daemon'), { mode: 0o700 })
  writeFileSync(join(world.home, 'config.toml'), '', { mode: 0o600 })
  return world
}

/** A shell of a user for whom permissions count, once `path` of the home has that mode. */
function shellOfUser(world: LoggedInWorld, path: string, mode: number): Shell {
  chmodSync(join(world.home, path), mode)
  // The last step, so that nothing is the superuser's.
  shellIn(world)
  return shellIn(world, {}, world.handOver())
}

for (const [name, { path, mode, code, types }] of Object.entries(COMPLAINTS))
  spec(
    ['BOUNDARY/FR-009', 'SYNC/T077'],
    `the remedy that status prints for ${name} ends that complaint`,
    async ({ skip }) => {
      skip(closedToOthers() !== undefined, closedToOthers())
      await using world = await fullHome()
      if (code === 'owner_unreadable') writeFileSync(join(world.home, 'daemon', 'owner.json'), '{}')
      const shell = shellOfUser(world, path, mode)
      const before = await shell.type('spec-kitty sync status --check --json')
      const found = findingsOf(before.out).find((finding) => finding.code === code)
      expect([before.code, found?.remedy]).toEqual([2, expect.stringMatching(types)])
      const typed = await shell.type(found!.remedy)
      expect([typed.code, typed.err]).toEqual([0, ''])
      const after = await shell.type('spec-kitty sync status --json')
      const where = join(world.home, path)
      expect(findingsOf(after.out).map(({ remedy }) => remedy)).not.toContain(found!.remedy)
      expect(after.out).not.toContain(`${where} is not writable`)
    },
  )

/** Commands that are refused because of what is closed to its own user. */
const REFUSALS: Readonly<Record<string, { path: string; mode: number; line: string }>> = {
  'a closed login': { path: join('auth', 'session.json'), mode: 0, line: 'auth status' },
  'a closed folder of the login': { path: 'auth', mode: 0, line: 'sync status' },
  'a closed configuration': { path: 'config.toml', mode: 0, line: 'sync now' },
  'a closed folder of queues': { path: 'queues', mode: 0, line: 'sync migrate' },
  'a closed folder of the daemon': {
    path: 'daemon',
    mode: 0,
    line: 'doctor orphan-daemons --retire',
  },
  'a home that others may change': { path: '.', mode: 0o777, line: 'sync now' },
}

for (const [name, { path, mode, line }] of Object.entries(REFUSALS))
  spec(
    ['SYNC/T077', 'BOUNDARY/C-006'],
    `${name}: the command that the refusal names leads to success`,
    async ({ skip }) => {
      skip(closedToOthers() !== undefined, closedToOthers())
      await using world = await fullHome()
      const shell = shellOfUser(world, path, mode)
      const refused = await shell.type(`spec-kitty ${line}`)
      expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('Refused:')])
      expect(refused.err).not.toMatch(/EACCES|undefined/)
      const [remedy = ''] = remediesIn(refused.err)
      expect(remedy).toMatch(/^chmod /)
      const done = await shell.type(remedy, `spec-kitty ${line}`)
      expect([done.code, done.err]).toEqual([0, ''])
    },
  )
