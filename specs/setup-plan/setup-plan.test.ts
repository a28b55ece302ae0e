import { createHash } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { expect } from 'vitest'
import { eventId, writeQueue } from '../../fixtures/cli/queues.ts'
import {
  cliWorld,
  loggedInWorld,
  type CliWorld,
  type LoggedInWorld,
  type Variables,
} from '../../fixtures/cli/world.ts'
import { startHostedService } from '../../fixtures/service/index.ts'
import { judge as judgeCandidate, scan } from '../../packages/sync-engine/src/bodies/candidates.ts'
import { rows } from '../migration/state.ts'
import { spec } from '../spec.ts'

/** Every entry below a folder: kind, mode, and the digest of its content. */
function treeOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => {
      const { mode, mtimeMs } = lstatSync(join(folder, path))
      const isFolder = (mode & 0o170_000) === 0o040_000
      const content = isFolder ? '' : readFileSync(join(folder, path))
      const digest = createHash('sha256').update(content).digest('hex')
      return `${path} ${mode.toString(8)} ${mtimeMs} ${digest}`
    })
    .sort()
}

/** The database that status names as the active one. */
async function activeQueue(world: CliWorld, env?: Variables): Promise<string> {
  const status = await world.call('sync status --json', env)
  return (status.json['active_queue'] as { path: string }).path
}

function documents(path: string): number {
  return rows(path, 'SELECT 1 FROM body_upload_queue').length
}

function missionFolder(world: CliWorld): string {
  return join(world.project, 'kitty-specs', 'demo')
}

/** Ways of not being logged in at the resolved server. */
const STRANGERS: Readonly<Record<string, (world: LoggedInWorld) => void>> = {
  'nobody ever was logged in': ({ home }) => rmSync(join(home, 'auth'), { recursive: true }),
  'the login has ended': ({ home }) =>
    editSession(home, { refresh_token_expires_at: '2026-01-01T00:00:00Z' }),
  'the login is at another server': ({ home }) =>
    editSession(home, { server_url: 'http://127.0.0.1:9' }),
  'the stored login cannot be read': ({ home }) =>
    writeFileSync(join(home, 'auth', 'session.json'), '{"cut'),
}

function editSession(home: string, fields: Readonly<Record<string, string>>): void {
  const path = join(home, 'auth', 'session.json')
  const session = JSON.parse(readFileSync(path, 'utf8')) as object
  writeFileSync(path, JSON.stringify({ ...session, ...fields }))
}

for (const [state, forget] of Object.entries(STRANGERS))
  spec(
    ['BOUNDARY/FR-011', 'BOUNDARY/D-5', 'BOUNDARY/SC-4'],
    `with sync on it refuses before any side effect when ${state}`,
    async () => {
      await using world = await loggedInWorld()
      await world.call('agent mission create demo')
      forget(world)
      const before = treeOf(world.folder)
      const asked = world.service.requests.length
      const refused = await world.run('agent mission setup-plan --mission demo --json')
      expect(refused.code).toBe(2)
      expect(refused.json).toMatchObject({
        error_code: 'SAAS_SYNC_UNAUTHENTICATED',
        error: 'SaaS sync cannot be guaranteed: no authenticated session/credentials found.',
      })
      expect(treeOf(world.folder)).toEqual(before)
      expect(world.service.requests.length).toBe(asked)
      // The remedy works in this very state.
      expect(refused.json['remediation']).toEqual([
        expect.stringContaining('spec-kitty auth login --headless'),
      ])
      expect((await world.call('auth login --headless')).code).toBe(0)
      expect((await world.call('agent mission setup-plan --mission demo')).code).toBe(0)
    },
  )

spec(
  ['BOUNDARY/FR-011', 'BOUNDARY/SC-4'],
  'an untouched machine stays untouched: not even a home is made for the refusal',
  async () => {
    await using world = cliWorld()
    const refused = await world.run('agent mission setup-plan --json', {
      SPEC_KITTY_SAAS_URL: 'http://127.0.0.1:9',
    })
    expect([refused.code, refused.json['error_code']]).toEqual([2, 'SAAS_SYNC_UNAUTHENTICATED'])
    expect(treeOf(world.folder).map((line) => line.split(' ')[0])).toEqual(['project'])
  },
)

spec(
  ['BOUNDARY/FR-012', 'BOUNDARY/D-6', 'BOUNDARY/SC-5'],
  'documents land in the active scope and nowhere else, and reach the service',
  async () => {
    await using world = await loggedInWorld()
    await world.call('agent mission create demo')
    const plan = await world.call('agent mission setup-plan --mission demo --json')
    expect(plan.json).toMatchObject({
      result: 'success',
      mission_slug: 'demo',
      bodies: { queued: 4 },
    })
    const path = await activeQueue(world)
    expect(documents(path)).toBe(4)
    expect(existsSync(join(world.home, 'queue.db'))).toBe(false)
    expect((await world.call('sync now')).code).toBe(0)
    expect(world.service.bodies.size).toBe(4)
    expect(documents(path)).toBe(0)
  },
)

spec(
  'SYNC/FR-017',
  'with sync off it works on this machine alone; events are captured, documents wait',
  async () => {
    await using world = cliWorld()
    const off = { SPEC_KITTY_ENABLE_SAAS_SYNC: '0' }
    await world.call('agent mission create demo', off)
    const plan = await world.call('agent mission setup-plan --json', off)
    expect(plan.code).toBe(0)
    expect(plan.json).toMatchObject({ bodies: { queued: 0 } })
    const { skipped } = plan.json['bodies'] as { skipped: { reason: string }[] }
    expect(new Set(skipped.map(({ reason }) => reason))).toEqual(new Set(['sync_disabled']))
    const listed = await world.call('sync journal list --json --limit 1', off)
    expect(listed.json).toMatchObject({ events: [{ drain_blocked_reason: 'saas_disabled' }] })
  },
)

spec(
  ['BOUNDARY/FR-012', 'BOUNDARY/D-6'],
  'each login has its own database; an older queue beside it gets nothing',
  async () => {
    await using world = await loggedInWorld()
    const legacy = join(world.home, 'queue.db')
    writeQueue(legacy, { events: [{ id: eventId(1), second: 1 }] })
    const before = treeOf(world.home).find((line) => line.startsWith('queue.db '))
    await world.call('agent mission create demo')
    await world.call('agent mission setup-plan')
    const first = await activeQueue(world)
    await using elsewhere = await startHostedService({
      login: { approveAs: 'kim@canary.example' },
    })
    const there = { SPEC_KITTY_SAAS_URL: elsewhere.url }
    await world.call('auth login --headless', there)
    writeFileSync(join(missionFolder(world), 'research.md'), '# Found\n')
    await world.call('agent mission setup-plan', there)
    const second = await activeQueue(world, there)
    expect(second).not.toBe(first)
    expect([documents(first), documents(second)]).toEqual([4, 5])
    expect(treeOf(world.home).find((line) => line.startsWith('queue.db '))).toBe(before)
    expect(readdirSync(join(world.home, 'queues')).filter((name) => name.endsWith('.db'))).toEqual(
      [first, second].map((path) => basename(path)).sort(),
    )
  },
)

spec('BOUNDARY/FR-012', 'the same documents are queued once, a changed one again', async () => {
  await using world = await loggedInWorld()
  await world.call('agent mission create demo')
  await world.call('agent mission setup-plan')
  const again = await world.call('agent mission setup-plan --json')
  expect(again.json).toMatchObject({ bodies: { queued: 0, already_queued: 4 } })
  writeFileSync(join(missionFolder(world), 'plan.md'), '# Plan\n\nNow with substance.\n')
  const changed = await world.call('agent mission setup-plan --json')
  expect(changed.json).toMatchObject({ plan_substantive: true, bodies: { queued: 1 } })
})

spec('BOUNDARY/FR-012', 'every document that is not uploaded says why', async () => {
  await using world = cliWorld()
  const folder = world.project
  const write = (path: string, content: string | Buffer): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  write('spec.md', '# Spec\n')
  write('research/notes.md', 'notes')
  write('tasks/WP01-first.md', '# WP01\n')
  write('tasks/notes.md', 'no work package')
  write('contracts/api.bin', 'binary')
  write('tasks.md', 'x'.repeat(512 * 1024))
  write('data-model.md', 'x'.repeat(512 * 1024 + 1))
  write('quickstart.md', Buffer.from([0xc3, 0x28]))
  write('checklists/empty.md', '')
  write('plan.md', 'before')
  const scanned = scan(folder)
  writeFileSync(join(folder, 'plan.md'), 'after')
  const judged = Object.fromEntries(
    scanned.map((file) => {
      const candidate = judgeCandidate(folder, file)
      return [file.path, candidate.kind === 'upload' ? 'upload' : candidate.reason]
    }),
  )
  expect(judged).toEqual({
    'spec.md': 'upload',
    'research/notes.md': 'upload',
    'tasks/WP01-first.md': 'upload',
    'tasks/notes.md': 'unsupported_surface',
    'contracts/api.bin': 'unsupported_format',
    'tasks.md': 'upload',
    'data-model.md': 'oversized',
    'quickstart.md': 'not_valid_utf8',
    'checklists/empty.md': 'empty_content',
    'plan.md': 'content_hash_mismatch',
  })
})

spec('SYNC/FR-017', 'a mission log is only written after its event is in the journal', async () => {
  await using world = cliWorld()
  await world.call('agent mission create demo')
  await world.call('agent tasks move-task WP01 --to claimed')
  const log = readFileSync(join(missionFolder(world), 'status.events.jsonl'), 'utf8')
  const [event] = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event_id: string })
  const listed = await world.call('sync journal list --json --type WPStatusChanged')
  const [captured] = listed.json['events'] as { envelope: { causation_id: string } }[]
  expect(captured?.envelope.causation_id).toBe(event?.event_id)
})
