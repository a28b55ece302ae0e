import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { eventId, writeQueue } from '../../fixtures/cli/queues.ts'
import { loggedInWorld, PROGRAM, type LoggedInWorld } from '../../fixtures/cli/world.ts'
import { execa } from 'execa'
import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import {
  readOwner,
  writeOwner,
  type OwnerRecord,
} from '../../packages/sync-engine/src/context/owner.ts'
import { VERSION } from '../../packages/spec-kitty/src/command/version.ts'
import { queueDbPath } from '../../packages/sync-engine/src/target/scope.ts'
import { spec } from '../spec.ts'

interface Finding {
  readonly code: string
  readonly what: string
  readonly remedy: string
  readonly blocking: boolean
}

async function findings(world: LoggedInWorld): Promise<Finding[]> {
  return (await world.call('sync status --check --json')).json['findings'] as Finding[]
}

/** A state of a home that status must complain about. */
interface Trouble {
  readonly code: string
  readonly make: (world: LoggedInWorld) => Promise<void> | void
}

function ownerOf(world: LoggedInWorld): OwnerRecord {
  const owner = readOwner(homePaths(world.home).owner)
  if (owner.kind !== 'present') throw new Error(`the owner record is ${owner.kind}`)
  return owner.record
}

const SCOPED = join('queues', 'queue-0123456789abcdef.db')

const TROUBLES: readonly Trouble[] = [
  {
    code: 'login_missing',
    make: async (world) => {
      await world.call('auth logout')
    },
  },
  {
    code: 'owner_mismatch',
    make: async (world) => {
      await world.call('sync daemon start')
      writeOwner(homePaths(world.home).owner, { ...ownerOf(world), package_version: '3.2.0rc9' })
    },
  },
  {
    code: 'owner_orphan',
    make: async (world) => {
      const child = spawn(process.execPath, ['--eval', ''])
      await new Promise((resolve) => child.once('exit', resolve))
      writeOwner(homePaths(world.home).owner, foreignRecord(child.pid ?? 0))
    },
  },
  {
    code: 'owner_unreadable',
    make: (world) => {
      mkdirSync(join(world.home, 'daemon'), { recursive: true, mode: 0o700 })
      writeFileSync(homePaths(world.home).owner, 'no record')
    },
  },
  {
    code: 'daemon_stalled',
    make: (world) =>
      writeOwner(homePaths(world.home).owner, {
        ...foreignRecord(process.pid),
        ...identityOf(world),
      }),
  },
  {
    code: 'stranded_rows',
    make: (world) =>
      writeQueue(join(world.home, 'queue.db'), { events: [{ id: eventId(1), second: 1 }] }),
  },
  {
    code: 'setup_plan_stranded',
    make: (world) =>
      writeQueue(join(world.home, 'queue.db'), { bodies: [{ mission: 'alpha', path: 'spec.md' }] }),
  },
  {
    code: 'migration_conflicts',
    make: async (world) => {
      writeQueue(join(world.home, 'queue.db'), {
        events: [{ id: eventId(1), second: 1, note: 'one' }],
      })
      writeQueue(join(world.home, SCOPED), { events: [{ id: eventId(1), second: 1, note: 'two' }] })
      await world.call('sync migrate')
    },
  },
  {
    code: 'queue_unreadable',
    make: (world) => {
      mkdirSync(join(world.home, 'queues'), { recursive: true, mode: 0o700 })
      writeFileSync(join(world.home, SCOPED), 'no database')
    },
  },
]

function foreignRecord(pid: number): OwnerRecord {
  return {
    pid,
    port: 9,
    token: 'token',
    package_version: '0',
    executable_path: PROGRAM,
    source_checkout_path: null,
    server_url: null,
    auth_principal: null,
    auth_team: null,
    auth_scope: null,
    queue_db_path: '/queue.db',
    started_at: new Date().toISOString(),
  }
}

/** The identity of this very world, so that nothing but the silence of the process is wrong. */
function identityOf(world: LoggedInWorld) {
  return {
    package_version: VERSION,
    source_checkout_path: join(PROGRAM, '..', '..', '..'),
    server_url: world.service.url,
    auth_principal: 'robin@canary.example',
    auth_team: 'team-robin',
    auth_scope: `${world.service.url}|robin@canary.example|team-robin`,
    queue_db_path: queueDbPath(world.home, `${world.service.url}|robin@canary.example|team-robin`),
  }
}

for (const { code, make } of TROUBLES)
  spec(
    ['BOUNDARY/FR-009', 'BOUNDARY/FR-008', ...idsOf(code)],
    `"${code}" fails the check, and the remedy that status prints ends the complaint`,
    async () => {
      await using world = await loggedInWorld()
      expect(await findings(world)).toEqual([])
      await make(world)
      const found = (await findings(world)).find((finding) => finding.code === code)
      expect(found, JSON.stringify(await findings(world))).toMatchObject({ blocking: true })
      expect((await world.call('sync status --check')).code).toBe(2)
      await carryOut(world, found!.remedy)
      expect((await findings(world)).map((finding) => finding.code)).not.toContain(code)
      expect((await world.call('sync status --check')).code).toBe(0)
    },
  )

function idsOf(
  code: string,
): ('BOUNDARY/SC-6' | 'BOUNDARY/FR-013' | 'BOUNDARY/FR-007' | 'SYNC/FR-018')[] {
  if (code === 'owner_orphan') return ['BOUNDARY/SC-6']
  if (code === 'setup_plan_stranded') return ['BOUNDARY/FR-013']
  if (code === 'owner_mismatch') return ['BOUNDARY/FR-007']
  return code === 'migration_conflicts' ? ['SYNC/FR-018'] : []
}

/** Types the remedy exactly as it was printed. */
async function carryOut(world: LoggedInWorld, remedy: string): Promise<void> {
  if (remedy.startsWith('spec-kitty ')) {
    const finished = await world.call(remedy.slice('spec-kitty '.length))
    expect(finished.code, `${remedy}: ${finished.out}${finished.err}`).toBe(0)
    return
  }
  await execa({ shell: true })`${remedy}`
}

spec(
  ['BOUNDARY/SC-3', 'BOUNDARY/FR-009', 'BOUNDARY/D-3'],
  'a daemon of another checkout fails the check, which names program and checkout',
  async () => {
    await using world = await loggedInWorld()
    await world.call('sync daemon start')
    const other = { executable_path: process.execPath, source_checkout_path: '/other/checkout' }
    writeOwner(homePaths(world.home).owner, { ...ownerOf(world), ...other })
    const check = await world.call('sync status --check --json')
    expect(check.code).toBe(2)
    const fields = (check.json['mismatches'] as { field: string }[]).map(({ field }) => field)
    expect(fields).toEqual(['executable_path', 'source_checkout_path'])
    expect((await world.call('sync status --check')).out).toContain(
      'executable_path, source_checkout_path',
    )
  },
)
