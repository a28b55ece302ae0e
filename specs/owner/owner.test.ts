import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'
import { cliWorld, loggedInWorld, PROGRAM } from '../../fixtures/cli/world.ts'
import {
  BOUND_FIELDS,
  mismatches,
  type Identity,
} from '../../packages/sync-engine/src/context/identity.ts'
import {
  orphanReason,
  readOwner,
  writeOwner,
  type OwnerRecord,
} from '../../packages/sync-engine/src/context/owner.ts'
import { isSameProcess, processStart } from '../../packages/sync-engine/src/base/process-age.ts'
import { spec } from '../spec.ts'

const RECORD: OwnerRecord = {
  pid: process.pid,
  port: 9,
  token: 'secret-token',
  package_version: '1.0.0',
  executable_path: process.execPath,
  source_checkout_path: '/checkout/a',
  server_url: 'https://a.example',
  auth_principal: 'robin@canary.example',
  auth_team: 'team-robin',
  auth_scope: 'https://a.example|robin@canary.example|team-robin',
  queue_db_path: '/home/a/queues/queue-1.db',
  started_at: new Date().toISOString(),
}

const FOREGROUND: Identity = {
  package_version: RECORD.package_version,
  executable_path: RECORD.executable_path,
  source_checkout_path: RECORD.source_checkout_path,
  server_url: RECORD.server_url,
  auth_principal: RECORD.auth_principal,
  auth_team: RECORD.auth_team,
  auth_scope: RECORD.auth_scope,
  queue_db_path: RECORD.queue_db_path,
}

spec(
  ['BOUNDARY/D-2', 'BOUNDARY/FR-005'],
  'the record has every field, is mode 0600, and reads back',
  async () => {
    await using world = cliWorld()
    const path = join(world.home, 'daemon', 'owner.json')
    writeOwner(path, RECORD)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readOwner(path)).toEqual({ kind: 'present', record: RECORD })
    expect(Object.keys(JSON.parse(readFileSync(path, 'utf8')) as object)).toEqual([
      'pid',
      'port',
      'token',
      'package_version',
      'executable_path',
      'source_checkout_path',
      'server_url',
      'auth_principal',
      'auth_team',
      'auth_scope',
      'queue_db_path',
      'started_at',
    ])
  },
)

spec('BOUNDARY/C-006', 'two writers never leave a mixed record, and no draft behind', async () => {
  await using world = cliWorld()
  const path = join(world.home, 'daemon', 'owner.json')
  const program = new URL('./write-owner.ts', import.meta.url).pathname
  const writers = ['a', 'b'].map(
    (name) =>
      new Promise((resolve) => {
        spawn(process.execPath, [program, path, name], { stdio: 'inherit' }).once('exit', resolve)
      }),
  )
  const done = Promise.all(writers)
  let isDone = false
  void done.then(() => (isDone = true))
  while (!isDone) {
    const owner = readOwner(path)
    if ('record' in owner)
      expect(owner.record.token).toBe(owner.record.package_version.repeat(5_000))
    else expect(owner.kind).toBe('absent')
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  expect(readdirSync(join(world.home, 'daemon'))).toEqual(['owner.json'])
})

spec(['BOUNDARY/D-3', 'BOUNDARY/FR-007'], 'exactly the fields that differ are named', () => {
  const subset = fc.subarray([...BOUND_FIELDS])
  fc.assert(
    fc.property(subset, (fields) => {
      const changed = Object.fromEntries(fields.map((field) => [field, 'something else']))
      const found = mismatches(FOREGROUND, { ...RECORD, ...changed })
      expect(found.map(({ field }) => field)).toEqual(fields)
      for (const { remediation_hint } of found) expect(remediation_hint).toContain('daemon restart')
    }),
  )
})

spec(
  ['BOUNDARY/D-4', 'BOUNDARY/SC-6'],
  'a dead process, a missing program and a re-used number are orphans',
  async () => {
    const NOWHERE = join('/nowhere', 'owner.json')
    const child = spawn(process.execPath, ['--eval', ''])
    await new Promise((resolve) => child.once('exit', resolve))
    expect(orphanReason({ ...RECORD, pid: child.pid! }, NOWHERE)).toContain('is dead')
    expect(orphanReason({ ...RECORD, executable_path: '/gone/spec-kitty' }, NOWHERE)).toContain(
      'is gone',
    )
    expect(orphanReason(RECORD, NOWHERE)).toBeUndefined()
    const longAgo = '2020-01-01T00:00:00Z'
    expect(orphanReason({ ...RECORD, started_at: longAgo }, NOWHERE)).toContain('is dead')
  },
)

spec('BOUNDARY/D-4', 'the start of a process is known to within two seconds', () => {
  const started = Date.now() - process.uptime() * 1000
  expect(Math.abs(processStart(process.pid)! - started)).toBeLessThan(2_000)
  expect(isSameProcess(process.pid, 'no date')).toBe(false)
  expect(processStart(0)).toBeUndefined()
  expect(processStart(-5)).toBeUndefined()
})

const BAD_RECORDS = {
  'not JSON': 'hello',
  'a list': '[]',
  incomplete: '{"pid": 1}',
  'with a textual pid': JSON.stringify({ ...RECORD, pid: '1' }),
  'with the number of no process': JSON.stringify({ ...RECORD, pid: -1 }),
  'with a port that cannot be': JSON.stringify({ ...RECORD, port: 70_000 }),
  'with a broken port': JSON.stringify({ ...RECORD, port: 80.5 }),
}

for (const [name, text] of Object.entries(BAD_RECORDS))
  spec(
    ['BOUNDARY/D-2', 'BOUNDARY/FR-010'],
    `an owner file that is ${name} is named and retired`,
    async () => {
      await using world = cliWorld()
      mkdirSync(join(world.home, 'daemon'), { recursive: true, mode: 0o700 })
      const path = join(world.home, 'daemon', 'owner.json')
      writeFileSync(path, text)
      const listed = await world.call('doctor orphan-daemons')
      expect([listed.code, listed.out]).toEqual([1, expect.stringContaining('cannot be read')])
      expect((await world.call('doctor orphan-daemons --retire')).code).toBe(0)
      expect(readOwner(path)).toEqual({ kind: 'absent' })
    },
  )

spec(
  ['BOUNDARY/FR-007', 'BOUNDARY/D-3'],
  'sync now, setup-plan and daemon start refuse beside a foreign owner and name each field',
  async () => {
    await using world = await loggedInWorld()
    await world.call('agent mission create demo')
    writeOwner(join(world.home, 'daemon', 'owner.json'), { ...RECORD, executable_path: PROGRAM })
    for (const line of ['sync now --json', 'agent mission setup-plan --json']) {
      const refused = await world.call(line)
      expect([refused.code, refused.json['error_code']]).toEqual([2, 'owner-mismatch'])
      for (const field of ['package_version', 'server_url', 'auth_scope', 'queue_db_path'])
        expect(refused.json['error']).toContain(field)
      expect(refused.json['error']).not.toContain('executable_path')
    }
    expect(world.service.events.size).toBe(0)
  },
)

spec(
  'BOUNDARY/NFR-001',
  'the home is the named one, and an empty name counts as none',
  async () => {
    await using world = cliWorld()
    const status = await world.call('sync status --json', { SPEC_KITTY_HOME: '' })
    expect(status.json).toMatchObject({
      legacy_queue: { path: join(world.folder, '.spec-kitty', 'queue.db') },
    })
  },
)
