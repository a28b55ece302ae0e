import Database from 'better-sqlite3'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { expect } from 'vitest'
import { queueRows, writeQueue } from '../../fixtures/cli/queues.ts'
import { cliWorld, loggedInWorld, type CliWorld } from '../../fixtures/cli/world.ts'
import { judge as judgeCandidate, scan } from '../../src/sync/bodies/candidates.ts'
import { judge, uploadBodies } from '../../src/sync/bodies/upload.ts'
import { spec } from '../spec.ts'

/** Every file below a folder with its size and time. */
function filesOf(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => `${path} ${statSync(join(folder, path)).mtimeMs}`)
    .sort()
}

function missionFolder(world: CliWorld): string {
  return join(world.project, 'kitty-specs', 'demo')
}

spec(
  ['BOUNDARY/FR-011', 'BOUNDARY/D-5', 'BOUNDARY/SC-4'],
  'with sync on and nobody logged in it refuses before any side effect, and says what is missing',
  async () => {
    await using world = cliWorld()
    await world.call('agent mission create demo', { SPEC_KITTY_ENABLE_SAAS_SYNC: '0' })
    const before = filesOf(world.folder)
    const refused = await world.call('agent mission setup-plan --mission demo --json', {
      SPEC_KITTY_SAAS_URL: 'http://127.0.0.1:9',
    })
    expect(refused.code).toBe(2)
    expect(refused.json).toMatchObject({
      error_code: 'SAAS_SYNC_UNAUTHENTICATED',
      error: 'SaaS sync cannot be guaranteed: no authenticated session/credentials found.',
    })
    expect(refused.json['remediation']).toEqual([expect.stringContaining('auth login --headless')])
    expect(filesOf(world.folder)).toEqual(before)
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
    const status = await world.call('sync status --json')
    const { path } = status.json['active_queue'] as { path: string }
    expect(queueRows(path).bodies).toBe(4)
    expect(existsSync(join(world.home, 'queue.db'))).toBe(false)
    expect((await world.call('sync now')).code).toBe(0)
    expect(world.service.bodies.size).toBe(4)
    const db = new Database(path, { readonly: true })
    expect(db.prepare('SELECT count(*) FROM body_upload_queue').pluck().get()).toBe(0)
    db.close()
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
    'data-model.md': 'oversized',
    'quickstart.md': 'not_valid_utf8',
    'checklists/empty.md': 'empty_content',
    'plan.md': 'content_hash_mismatch',
  })
})

spec('SYNC/C-006', 'every answer about a document ends in its proper place', () => {
  const answers: [number, string, string][] = [
    [201, '{}', 'stored'],
    [200, '{}', 'already-there'],
    [400, '{"error":"bad"}', 'refused'],
    [403, '{}', 'refused'],
    [404, '{"error":"namespace_not_found"}', 'refused'],
    [404, '{"error":"index_entry_not_found"}', 'retry'],
    [401, '', 'retry'],
    [429, '', 'retry'],
    [503, 'down', 'retry'],
    [418, '', 'refused'],
  ]
  for (const [status, body, kind] of answers)
    expect(judge(status, body).kind, String(status)).toBe(kind)
})

spec('SYNC/C-006', 'while the service is away every document waits', async () => {
  await using world = await loggedInWorld()
  await world.call('agent mission create demo')
  await world.call('agent mission setup-plan')
  const path = ((await world.call('sync status --json')).json['active_queue'] as { path: string })
    .path
  await world.service.close()
  await world.call('sync now')
  expect(queueRows(path)).toMatchObject({ bodies: 4, failures: 0 })
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

spec(
  'SYNC/C-006',
  'refused documents go to the failure log, later ones wait longer, stored ones leave',
  async () => {
    await using world = cliWorld()
    const path = join(world.folder, 'queue.db')
    const bodies = ['stored', 'there', 'refused', 'later'].map((name) => ({
      mission: 'm',
      path: name,
    }))
    writeQueue(path, { bodies })
    const answers: Record<string, number> = { stored: 201, there: 200, refused: 400, later: 404 }
    const server = createServer((request, response) => {
      void json(request).then((body) => {
        response.writeHead(answers[(body as { artifact_path: string }).artifact_path] ?? 500)
        response.end('{"error": "index_entry_not_found"}')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const now = 1_800_000_000_000
    const target = {
      serverUrl: `http://127.0.0.1:${port}`,
      accessToken: () => Promise.resolve('token'),
      now: () => now,
    }
    const report = await uploadBodies(path, target)
    expect(report).toEqual({
      stored: 1,
      alreadyThere: 1,
      postponed: 1,
      failed: 1,
      stopped: undefined,
    })
    expect(queueRows(path)).toMatchObject({ bodies: 1, failures: 1 })
    const db = new Database(path)
    const waiting = db
      .prepare('SELECT retry_count, next_attempt_at, last_error FROM body_upload_queue')
      .get()
    expect(waiting).toMatchObject({ retry_count: 1, next_attempt_at: now / 1000 + 1 })
    db.exec('UPDATE body_upload_queue SET retry_count = 20, next_attempt_at = 0')
    expect(await uploadBodies(path, target)).toMatchObject({ failed: 1 })
    expect(queueRows(path)).toMatchObject({ bodies: 0, failures: 2 })
    db.close()
    server.close()
  },
)
